public import Foundation
import LanguageModel

extension TrainingConfiguration {
  /// Reads a configuration from what a YAML or JSON decoder made of its file.
  ///
  /// - source: the file's name, for messages.
  /// - Throws: one `TrainingFault` that lists every unknown key (with a guess) and every value out of range.
  public init(_ settings: [String: SettingValue], source: String = "configuration") throws {
    self.init()
    var reader = SettingReader<CodingKeys>(settings, path: "")
    reader.number(.learningRate, into: &learningRate, "greater than 0") { $0 > 0 }
    reader.word(.lrSchedulerType, into: &lrSchedulerType)
    reader.number(.warmupSteps, into: &warmupSteps, "a whole number of steps, or a share below 1") { $0 >= 0 && ($0 < 1 || $0 == $0.rounded()) }
    reader.number(.warmupRatio, into: &warmupRatio, "from 0 to 1") { 0...1 ~= $0 }
    reader.number(.weightDecay, into: &weightDecay, "at least 0") { $0 >= 0 }
    reader.number(.adamBeta1, into: &adamBeta1, "at least 0 and below 1") { 0..<1 ~= $0 }
    reader.number(.adamBeta2, into: &adamBeta2, "at least 0 and below 1") { 0..<1 ~= $0 }
    reader.number(.adamEpsilon, into: &adamEpsilon, "greater than 0") { $0 > 0 }
    reader.number(.maxGradNorm, into: &maxGradNorm, "at least 0") { $0 >= 0 }
    reader.count(.perDeviceTrainBatchSize, into: &perDeviceTrainBatchSize, atLeast: 1)
    reader.count(.perDeviceEvalBatchSize, into: &perDeviceEvalBatchSize, atLeast: 1)
    reader.count(.gradientAccumulationSteps, into: &gradientAccumulationSteps, atLeast: 1)
    reader.number(.numTrainEpochs, into: &numTrainEpochs, "greater than 0") { $0 > 0 }
    reader.count(.maxSteps, into: &maxSteps, atLeast: -1)
    reader.count(.evalSteps, into: &evalSteps, atLeast: 0)
    reader.count(.earlyStoppingPatience, into: &earlyStoppingPatience, atLeast: 0)
    reader.number(.earlyStoppingThreshold, into: &earlyStoppingThreshold, "at least 0") { $0 >= 0 }
    reader.flag(.loadBestModelAtEnd, into: &loadBestModelAtEnd)
    reader.count(.saveSteps, into: &saveSteps, atLeast: 0)
    var seedNumber = Int(seed)
    reader.count(.seed, into: &seedNumber, atLeast: 0)
    seed = UInt64(max(0, seedNumber))
    reader.flag(.shuffle, into: &shuffle)
    reader.count(.maxLength, into: &maxLength, atLeast: 0)
    reader.optionalWord(.truncationMode, into: &truncationMode)
    switch reader.take(.lora) {
    case nil, .null: break
    case .table(let members): lora = LoRA(members, faults: &reader.faults)
    case let other?: reader.faults.append("lora must be a table of LoRA settings, got \(other.text)")
    }
    reader.refuseUnknown()
    guard reader.faults.isEmpty else {
      throw TrainingFault(
        .configuration, reader.faults.map { "\(source): \($0)" }.joined(separator: "\n"),
        hint: "the keys are transformers' TrainingArguments and PEFT's LoraConfig: "
          + CodingKeys.allCases.map(\.rawValue).sorted().joined(separator: ", "))
    }
  }

  /// Reads a configuration from JSON.
  public init(json: Data, source: String = "configuration") throws {
    let value: SettingValue
    do {
      value = try JSONDecoder().decode(SettingValue.self, from: json)
    } catch {
      throw TrainingFault(.configuration, "\(source): not a JSON document: \(error)")
    }
    guard case .table(let members) = value else {
      throw TrainingFault(.configuration, "\(source): must be an object of settings, got \(value.text)")
    }
    try self.init(members, source: source)
  }
}

extension TrainingConfiguration.LoRA {
  fileprivate init(_ settings: [String: SettingValue], faults: inout [String]) {
    self.init()
    var reader = SettingReader<CodingKeys>(settings, path: "lora.")
    reader.count(.r, into: &r, atLeast: 1)
    loraAlpha = Double(2 * r)
    reader.number(.loraAlpha, into: &loraAlpha, "greater than 0") { $0 > 0 }
    reader.number(.loraDropout, into: &loraDropout, "at least 0 and below 1") { 0..<1 ~= $0 }
    reader.flag(.useRSLoRA, into: &useRSLoRA)
    switch reader.take(.targetModules) {
    case nil, .null, .string("all-linear"): break
    case .list(let names):
      var chosen: Set<LlamaLinear> = []
      for name in names {
        if case .string(let text) = name, let linear = LlamaLinear(rawValue: text) {
          chosen.insert(linear)
        } else {
          let guess = if case .string(let text) = name { nearest(text, among: LlamaLinear.allCases.map(\.rawValue)) } else { String?.none }
          reader.faults.append(
            "lora.target_modules: cannot adapt \(name.text)" + (guess.map { "; did you mean \($0)?" } ?? "")
              + " (known: \(LlamaLinear.allCases.map(\.rawValue).joined(separator: ", ")))")
        }
      }
      if names.isEmpty { reader.faults.append("lora.target_modules: must name at least one module") }
      targetModules = LlamaLinear.allCases.filter(chosen.contains)
    case let other?: reader.faults.append("lora.target_modules: must be a list of modules or \"all-linear\", got \(other.text)")
    }
    switch reader.take(.initAdapter) {
    case nil, .null: break
    case .string(let path): initAdapter = path
    case let other?: reader.faults.append("lora.init_adapter: must be the path of an adapter folder, got \(other.text)")
    }
    // DoRA is named so that a configuration written for PEFT with its default spelt out is accepted.
    switch reader.take(named: "use_dora") {
    case nil, .null, .bool(false): break
    case let other?: reader.faults.append("lora.use_dora: \(other.text) is not supported; leave it out or set it to false")
    }
    reader.refuseUnknown(also: ["use_dora"])
    faults += reader.faults
  }
}

/// Takes settings one by one, collecting every fault instead of stopping at the first.
private struct SettingReader<Key: CodingKey & CaseIterable> {
  private var settings: [String: SettingValue]
  private let path: String
  var faults: [String] = []

  init(_ settings: [String: SettingValue], path: String) {
    self.settings = settings
    self.path = path
  }

  mutating func take(_ key: Key) -> SettingValue? { take(named: key.stringValue) }

  mutating func take(named name: String) -> SettingValue? { settings.removeValue(forKey: name) }

  mutating func number(_ key: Key, into target: inout Double, _ rule: String, _ holds: (Double) -> Bool) {
    switch take(key) {
    case nil, .null: break
    case .number(let value) where value.isFinite && holds(value): target = value
    // `2e-4` without a dot is a string to some YAML readers; it is still a number to the person who wrote it.
    case .string(let text) where Double(text).map { $0.isFinite && holds($0) } ?? false: target = Double(text) ?? target
    case let other?: faults.append("\(path)\(key.stringValue) must be \(rule), got \(other.text)")
    }
  }

  mutating func count(_ key: Key, into target: inout Int, atLeast least: Int) {
    var value = Double(target)
    number(key, into: &value, "a whole number, at least \(least)") { $0 >= Double(least) && $0 == $0.rounded() && $0 < 9e15 }
    target = Int(value)
  }

  mutating func flag(_ key: Key, into target: inout Bool) {
    switch take(key) {
    case nil, .null: break
    case .bool(let value): target = value
    case let other?: faults.append("\(path)\(key.stringValue) must be true or false, got \(other.text)")
    }
  }

  mutating func word<Word: RawRepresentable<String> & CaseIterable>(_ key: Key, into target: inout Word) {
    var value: Word? = target
    optionalWord(key, into: &value)
    if let value { target = value }
  }

  mutating func optionalWord<Word: RawRepresentable<String> & CaseIterable>(_ key: Key, into target: inout Word?) {
    switch take(key) {
    case nil, .null: break
    case .string(let text) where Word(rawValue: text) != nil: target = Word(rawValue: text)
    case let other?:
      faults.append("\(path)\(key.stringValue) must be one of \(Word.allCases.map(\.rawValue).joined(separator: ", ")), got \(other.text)")
    }
  }

  mutating func refuseUnknown(also named: [String] = []) {
    let known = Key.allCases.map(\.stringValue) + named
    for key in settings.keys.sorted() {
      faults.append("unknown key \(path)\(key)" + (nearest(key, among: known).map { "; did you mean \(path)\($0)?" } ?? ""))
    }
  }
}

/// The known word that is fewest edits (Levenshtein, over scalars) from `word`, if a third of it or less would have to change.
private func nearest(_ word: String, among known: [String]) -> String? {
  let best = known.map { ($0, editDistance(Array(word.unicodeScalars), Array($0.unicodeScalars))) }.min { $0.1 < $1.1 }
  guard let (guess, distance) = best, distance * 3 <= max(word.unicodeScalars.count, 3) else { return nil }
  return guess
}

private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var row = Array(0...b.count)
  for (i, left) in a.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for (j, right) in b.enumerated() {
      let above = row[j + 1]
      row[j + 1] = min(above + 1, row[j] + 1, diagonal + (left == right ? 0 : 1))
      diagonal = above
    }
  }
  return row[b.count]
}

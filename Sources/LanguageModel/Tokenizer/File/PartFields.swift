internal import Files

/// The fields of one part of a tokenizer.json. A field that is missing or of the wrong kind is a fault that names the part and the field.
struct PartFields {
  let json: OrderedJSON
  /// As in "the normalizer Strip".
  let name: String

  private static let hint = "save the tokenizer again with Hugging Face's tokenizers"

  /// - absent: what a missing or null field means; nil where there must be one.
  func bool(_ key: String, absent: Bool? = nil, _ faults: inout FaultList) -> Bool {
    value(key, "true or false", absent, \.boolValue, &faults) ?? false
  }

  func string(_ key: String, absent: String? = nil, _ faults: inout FaultList) -> String {
    value(key, "a text", absent, \.stringValue, &faults) ?? ""
  }

  /// - range: what is allowed.
  func int(_ key: String, absent: Int? = nil, in range: ClosedRange<Int>, _ faults: inout FaultList) -> Int {
    let read = { (json: OrderedJSON) in json.intValue.flatMap { range.contains($0) ? $0 : nil } }
    return value(key, "a whole number from \(range.lowerBound) to \(range.upperBound)", absent, read, &faults) ?? range.lowerBound
  }

  /// A text of one character.
  func scalar(_ key: String, _ faults: inout FaultList) -> Unicode.Scalar {
    let read = { (json: OrderedJSON) in json.stringValue.flatMap { $0.unicodeScalars.count == 1 ? $0.unicodeScalars.first : nil } }
    return value(key, "a single character", nil, read, &faults) ?? " "
  }

  func list(_ key: String, _ faults: inout FaultList) -> [OrderedJSON] { value(key, "a list", nil, \.arrayValue, &faults) ?? [] }

  /// A special token as Bert's and Roberta's processors write it: text and id.
  func special(_ key: String, _ faults: inout FaultList) -> PostProcessor.Special {
    let read = { (json: OrderedJSON) -> PostProcessor.Special? in
      guard let pair = json.arrayValue, pair.count == 2, let token = pair[0].stringValue, let id = pair[1].intValue else { return nil }
      return Int32(exactly: id).flatMap { $0 < 0 ? nil : PostProcessor.Special(id: $0, token: token) }
    }
    return value(key, "a list of a token and its id", nil, read, &faults) ?? PostProcessor.Special(id: 0, token: "")
  }

  /// `{"String": …}` or `{"Regex": …}`; nil if it cannot be run.
  func pattern(_ key: String, _ faults: inout FaultList) -> TextPattern? {
    let pattern = json[key]
    if let literal = pattern?["String"]?.stringValue { return TextPattern(literal: literal) }
    guard let regex = pattern?["Regex"]?.stringValue else {
      faults.add(
        "\(name) has no \(key) that is a String or a Regex, found \(pattern.map { String($0.text().prefix(80)) } ?? "none")", hint: Self.hint)
      return nil
    }
    if let known = SplitPattern(regex: regex) { return .scanner(known) }
    do {
      return .regex(try Regex(regex))
    } catch {
      let shown = OrderedJSON.string(String(regex.prefix(200))).text()
      faults.add(
        "\(name) has the regular expression \(shown), which is not run: \(error)", hint: "Vigil reads most of Oniguruma's syntax; write it otherwise")
      return nil
    }
  }

  private func value<Value>(
    _ key: String, _ kind: String, _ absent: Value?, _ read: (OrderedJSON) -> Value?, _ faults: inout FaultList
  ) -> Value? {
    guard let field = json[key], !(field.isNull && absent != nil) else {
      if absent == nil { faults.add("\(name) has no \(key); it must be \(kind)", hint: Self.hint) }
      return absent
    }
    guard let value = read(field) else {
      faults.add("\(name) has \(key) \(field.text().prefix(80)); it must be \(kind)", hint: Self.hint)
      return absent
    }
    return value
  }
}

extension TextPattern {
  /// A literal text. The empty one matches between all characters.
  init(literal: String) {
    let scalars = Array(literal.unicodeScalars)
    switch scalars.count {
    case 0: self = .regex(.empty)
    case 1: self = .scalar(scalars[0])
    default: self = .literal(scalars)
    }
  }
}

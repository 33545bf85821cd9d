internal import Files
internal import Foundation

/// What a sentence-transformers folder says beside the model: how hidden states become a sentence's vector.
public struct SentenceConfiguration: Sendable, Hashable {
  public var pooling: Pooling
  /// Whether vectors are scaled to length 1.
  public var normalizes: Bool
  /// `max_seq_length`: where `tokens` cuts longer texts; nil where nothing is cut.
  public var maximumTokens: Int?

  /// The files read, of those that a folder may have.
  static let files = ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json"]

  /// Reads `modules.json` and what it names; nil for a folder without one. Modules and poolings that are not done are refused by name.
  static func open(_ folder: URL) throws -> SentenceConfiguration? {
    let url = folder.appendingPathComponent("modules.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    var faults = FaultList(url.path)
    let modules = try StrictJSON.parse(try OpenFile(url).readAll(), file: url.path).arrayValue ?? []
    // The class's name alone: its module has moved between versions.
    let types = modules.map { $0["type"]?.stringValue?.split(separator: ".").last.map(String.init) ?? "" }
    for type in types where !["Transformer", "Pooling", "Normalize"].contains(type) {
      faults.add("has a module of type \(type.isEmpty ? "unknown" : type), which is not done", hint: "known are Transformer, Pooling and Normalize")
    }
    guard let place = types.firstIndex(of: "Pooling"), types.first == "Transformer" else {
      faults.add("has no Transformer followed by a Pooling")
      try faults.throwIfAny()
      return nil
    }
    try faults.throwIfAny()
    let path = modules[place]["path"]?.stringValue ?? "1_Pooling"
    guard path == "1_Pooling" else {
      throw FileFault(file: url.path, problem: "has its Pooling in \"\(path)\"", hint: "sentence-transformers saves it in 1_Pooling")
    }
    let pooling = try pooling(folder.appendingPathComponent("1_Pooling/config.json"))
    return SentenceConfiguration(pooling: pooling, normalizes: types.contains("Normalize"), maximumTokens: try maximumTokens(folder))
  }

  /// The tokens of a text, cut where sentence-transformers cuts it: the text's own tokens lose their end, the special tokens around them stay.
  public func tokens(_ text: String, _ tokenizer: Tokenizer) -> [Int32] {
    let (own, whole) = (tokenizer.ids(text, addSpecialTokens: false), tokenizer.ids(text))
    guard let maximumTokens, whole.count > maximumTokens else { return whole }
    let before = (0...whole.count - own.count).first { whole[$0..<$0 + own.count].elementsEqual(own) } ?? 0
    let kept = max(0, maximumTokens - (whole.count - own.count))
    return Array(whole[..<before] + own.prefix(kept) + whole[(before + own.count)...])
  }

  private static func pooling(_ url: URL) throws -> Pooling {
    var reader = try ConfigurationReader(url)
    let known: [String: Pooling] = ["cls_token": .cls, "mean_tokens": .mean, "lasttoken": .last, "cls": .cls, "mean": .mean]
    var modes = reader.object.keys.filter { $0.hasPrefix("pooling_mode_") }.filter { reader.bool($0, fallback: false) }
      .map { String($0.dropFirst("pooling_mode_".count)) }
    if let mode = reader["pooling_mode"]?.stringValue { modes = [mode] }
    let found = modes.first.flatMap { known[$0] }
    if modes.count != 1 || found == nil {
      reader.faults.add(
        "pools by \(modes.isEmpty ? "nothing" : modes.joined(separator: " and ")), which is not done", hint: "known are mean, cls and lasttoken")
    }
    try reader.faults.throwIfAny()
    return found ?? .mean
  }

  private static func maximumTokens(_ folder: URL) throws -> Int? {
    let url = folder.appendingPathComponent("sentence_bert_config.json")
    guard FileManager.default.fileExists(atPath: url.path) else { return nil }
    var reader = try ConfigurationReader(url)
    let limit = reader["max_seq_length"] == nil ? nil : reader.int("max_seq_length", in: 1...(1 << 24))
    try reader.faults.throwIfAny()
    return limit
  }
}

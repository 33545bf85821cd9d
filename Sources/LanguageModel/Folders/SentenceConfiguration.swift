internal import Files
internal import Foundation

/// What a sentence-transformers folder says beside the model: how hidden states become a sentence's vector.
public struct SentenceConfiguration: Sendable, Hashable {
  public var pooling: Pooling
  /// Whether vectors are scaled to length 1.
  public var normalizes: Bool
  /// Where `tokens` cuts longer texts: `max_seq_length`, else the smaller of the tokenizer's `model_max_length` and the model's positions.
  public var maximumTokens: Int
  /// What stands before every text: the prompt that `default_prompt_name` names. Mostly empty.
  public var prompt = ""

  /// The files read, of those that a folder may have.
  static let files = ["modules.json", "1_Pooling/config.json", "sentence_bert_config.json", "config_sentence_transformers.json"]

  /// A text's tokens, and how many of its own were cut off at its end.
  public struct Tokens: Sendable, Hashable {
    public var ids: [Int32]
    public var truncated: Int

    public init(ids: [Int32], truncated: Int = 0) {
      (self.ids, self.truncated) = (ids, truncated)
    }
  }

  /// Reads `modules.json` and what it names; nil for a folder without one. Modules and poolings that are not done are refused by name.
  static func open(_ folder: URL, _ model: ModelConfiguration) throws -> SentenceConfiguration? {
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
    let prompt = try prompt(folder)
    let pooling = try pooling(folder.appendingPathComponent("1_Pooling/config.json"), hasPrompt: !prompt.isEmpty)
    return SentenceConfiguration(
      pooling: pooling, normalizes: types.contains("Normalize"), maximumTokens: try maximumTokens(folder, model), prompt: prompt)
  }

  /// The tokens of a text, cut where sentence-transformers cuts it: the text's own tokens lose their end, the special tokens around them stay.
  public func tokens(_ text: String, _ tokenizer: Tokenizer) -> Tokens {
    let text = prompt + text
    let (own, whole) = (tokenizer.ids(text, addSpecialTokens: false), tokenizer.ids(text))
    guard whole.count > maximumTokens else { return Tokens(ids: whole, truncated: 0) }
    let before = (0...whole.count - own.count).first { whole[$0..<$0 + own.count].elementsEqual(own) } ?? 0
    let kept = max(0, maximumTokens - (whole.count - own.count))
    return Tokens(ids: Array(whole[..<before] + own.prefix(kept) + whole[(before + own.count)...]), truncated: own.count - kept)
  }

  private static func pooling(_ url: URL, hasPrompt: Bool) throws -> Pooling {
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
    if hasPrompt, !reader.bool("include_prompt", fallback: true) {
      reader.faults.add("include_prompt is false, which is not done with a default prompt")
    }
    try reader.faults.throwIfAny()
    return found ?? .mean
  }

  private static func maximumTokens(_ folder: URL, _ model: ModelConfiguration) throws -> Int {
    if var reader = try read(folder, "sentence_bert_config.json") {
      let limit = reader["max_seq_length"] == nil ? nil : reader.int("max_seq_length", in: 1...(1 << 24))
      if reader.bool("do_lower_case", fallback: false) { reader.faults.add("do_lower_case is true, which is not done") }
      try reader.faults.throwIfAny()
      if let limit { return limit }
    }
    // Tokenizers without a limit write 1e30 here.
    let own = try read(folder, "tokenizer_config.json").flatMap { $0["model_max_length"]?.doubleValue } ?? .infinity
    return min(model.maximumPositions, own >= 1 ? Int(exactly: own.rounded()) ?? .max : .max)
  }

  private static func prompt(_ folder: URL) throws -> String {
    guard var reader = try read(folder, "config_sentence_transformers.json"), let name = reader["default_prompt_name"] else { return "" }
    guard let name = name.stringValue, let prompt = reader["prompts"]?[name]?.stringValue else {
      reader.faults.add("default_prompt_name is \(name.text().prefix(60)), which prompts does not have")
      try reader.faults.throwIfAny()
      return ""
    }
    return prompt
  }

  private static func read(_ folder: URL, _ name: String) throws -> ConfigurationReader? {
    let url = folder.appendingPathComponent(name)
    return FileManager.default.fileExists(atPath: url.path) ? try ConfigurationReader(url) : nil
  }
}

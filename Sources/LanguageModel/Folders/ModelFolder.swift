public import Files
public import Foundation

/// A Hugging Face model folder, opened and checked as a whole: what is here can be run.
///
/// Read are `config.json`, `generation_config.json`, sentence-transformers' `modules.json`, `tokenizer.json`, `tokenizer_config.json`, `special_tokens_map.json`, `chat_template.jinja` and the
/// safetensors files. Every tensor of the configuration must be there with its shape, and no other. Weights are read from the files when asked for.
public struct ModelFolder: Sendable, TensorSource {
  public enum Weights: Sendable {
    case needed
    /// For training from scratch: the folder needs no safetensors files, and those that are there are not looked at.
    case notNeeded
  }

  public let url: URL
  public let configuration: ModelConfiguration
  /// How sentences become vectors, where the folder was saved by sentence-transformers.
  public let sentence: SentenceConfiguration?
  public let generation: GenerationConfiguration
  public let tokenizer: Tokenizer
  public let chat: ChatFormat
  /// SHA-256 over the files that decide the output, as hexadecimal text; see `Digest.of(files:in:)`.
  public let digest: String
  /// Names of the files that `digest` covers.
  public let files: [String]
  private let weights: ModelTensors?

  /// Opens and checks. Throws `ModelFault`, `FileFault`, `JSONFault` or `TemplateFault`; each says which file, what is wrong with it and how to mend it.
  public static func open(_ url: URL, weights: Weights = .needed) throws -> ModelFolder { try ModelFolder(url, weights) }

  private init(_ url: URL, _ need: Weights) throws {
    self.url = url
    try Self.checkFolder(url)
    configuration = try ModelConfiguration.open(url.appendingPathComponent("config.json"))
    sentence = try SentenceConfiguration.open(url, configuration)
    generation = try GenerationConfiguration.open(url.appendingPathComponent("generation_config.json"), model: configuration)
    tokenizer = try Tokenizer.open(url.appendingPathComponent("tokenizer.json"))
    chat = try ChatFormat.open(url)
    weights = need == .needed ? ModelTensors(configuration, try SafetensorsFolder.open(url)) : nil

    var names = [
      "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "chat_template.jinja",
    ]
    if sentence != nil { names += SentenceConfiguration.files }
    names = names.filter { FileManager.default.fileExists(atPath: url.appendingPathComponent($0).path) }
    names += weights?.folder.fileNames ?? []
    files = names
    try Self.check(configuration, generation, tokenizer, weights, url)
    digest = try Digest.of(files: names, in: url).hex
  }

  // MARK: - Weights

  /// The tensors, by the names of the configuration; nil where the folder was opened without.
  var tensors: ModelTensors? { weights }

  public var hasWeights: Bool { weights != nil }

  public func tensor(named name: String) -> SafetensorsFile.Tensor? { weights?.tensor(named: name) }

  /// A tensor as Float, all of it finite, by the name it has in `configuration`.
  public func floats(named name: String) throws -> [Float] { try known(name).floats(named: name) }

  public func isBFloat16(_ name: String) -> Bool { weights?.isBFloat16(name) ?? false }

  public func readBFloat16(named name: String, from first: Int, into bits: inout [UInt16]) throws {
    try known(name).readBFloat16(named: name, from: first, into: &bits)
  }

  private func known(_ name: String) throws -> ModelTensors {
    guard let weights else {
      throw FileFault(file: url.path, reason: .notFound, problem: "was opened without its weights, so tensor \"\(name)\" cannot be read")
    }
    return weights
  }

  static func checkFinite(_ floats: [Float], _ name: String, file: String) throws {
    guard let bad = floats.firstIndex(where: { !$0.isFinite }) else { return }
    throw FileFault(
      file: file, problem: "tensor \"\(name)\" holds \(floats[bad]) at element \(bad)",
      hint: "the model broke down in training or the file is damaged")
  }

  // MARK: - Chat

  /// The template used without tools; nil if the folder has none.
  public var chatTemplate: ChatTemplate? { chat.template }

  /// `bos_token`, `eos_token`, … and their text.
  public var specialTokens: JSONObject { chat.specialTokens }

  /// The text that the folder's template makes of a conversation; see `ChatFormat.render`.
  public func render(
    messages: OrderedJSON, addGenerationPrompt: Bool, tools: OrderedJSON? = nil, documents: OrderedJSON? = nil, variables: JSONObject = JSONObject()
  ) throws -> String {
    try chat.render(messages: messages, addGenerationPrompt: addGenerationPrompt, tools: tools, documents: documents, variables: variables)
  }

  public func render(_ conversation: [ChatMessage], addGenerationPrompt: Bool) throws -> String {
    try chat.render(messages: .array(conversation.map(\.json)), addGenerationPrompt: addGenerationPrompt)
  }

  // MARK: - Checks

  static func checkFolder(_ url: URL) throws(FileFault) {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw FileFault(file: url.path, reason: .notFound, problem: "there is no such folder", hint: "give the path of a Hugging Face model folder")
    }
    guard isFolder.boolValue else {
      throw FileFault(file: url.path, problem: "is not a folder", hint: "give the path of the folder that holds config.json")
    }
  }

  private static func check(
    _ configuration: ModelConfiguration, _ generation: GenerationConfiguration, _ tokenizer: Tokenizer, _ weights: ModelTensors?, _ url: URL
  ) throws {
    let path = url.appendingPathComponent("config.json").path
    var faults = FaultList(path)
    if tokenizer.vocabularySize > configuration.vocabularySize {
      faults.add(
        "vocab_size is \(configuration.vocabularySize), but the tokenizer has ids up to \(tokenizer.vocabularySize - 1)",
        hint: "config.json and tokenizer.json belong to different models, or the embeddings were not resized; copy the folder again")
    }
    let ids = generation.eos + configuration.eos + [configuration.bos, configuration.pad, generation.bos, generation.pad].compactMap { $0 }
    // A pad id of -1 is how old Llama configurations say that there is none.
    if let bad = ids.first(where: { $0 < -1 || Int($0) >= configuration.vocabularySize }) {
      faults.add("names the special token id \(bad), but vocab_size is \(configuration.vocabularySize)")
    }
    if let weights { faults.add(weights.faults()) }
    try faults.throwIfAny()
  }
}

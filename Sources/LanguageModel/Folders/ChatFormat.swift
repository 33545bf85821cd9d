public import Files
public import Foundation

/// How a model folder writes conversations: its chat templates and its named special tokens.
public struct ChatFormat: Sendable {
  /// Where it was read from, for messages.
  public let source: String
  /// The template used without tools; nil if the folder has none.
  public let template: ChatTemplate?
  /// The template used with tools, where the folder has one of its own.
  public let toolTemplate: ChatTemplate?
  /// `bos_token`, `eos_token`, … and their text.
  public let specialTokens: JSONObject

  /// Reads `chat_template.jinja`, `tokenizer_config.json` and `special_tokens_map.json` of a folder, as far as they are there.
  public static func open(_ folder: URL) throws -> ChatFormat {
    try ModelFolder.checkFolder(folder)
    let texts = try TokenizerConfiguration.open(folder)
    let templates = try texts.templates.map { (name: $0.name, template: try ChatTemplate($0.source, name: $0.file)) }
    return ChatFormat(
      source: folder.path, template: templates.first { $0.name == "default" }?.template,
      toolTemplate: templates.first { $0.name == "tool_use" }?.template, specialTokens: texts.specials)
  }

  /// The text that the template makes of a conversation.
  ///
  /// - messages: a list of objects with `role` and `content`; their reasoning is found under any of the names in use.
  /// - tools, documents: as the template expects them; a folder may have a template of its own for tools.
  /// - variables: further names for the template (`chat_template_kwargs`).
  public func render(
    messages: OrderedJSON, addGenerationPrompt: Bool, tools: OrderedJSON? = nil, documents: OrderedJSON? = nil, variables: JSONObject = JSONObject()
  ) throws -> String {
    let hasTools = tools.map { !$0.isNull } ?? false
    guard let template = hasTools ? toolTemplate ?? template : template else {
      throw FileFault(
        file: source, reason: .notFound, problem: "has no chat template", hint: "add chat_template.jinja, or give prompts instead of messages")
    }
    var context = specialTokens
    guard let list = messages.arrayValue, list.allSatisfy({ $0.objectValue != nil }) else {
      throw FileFault(file: source, problem: "messages must be a list of objects, found \(messages.text().prefix(80))", hint: "give role and content")
    }
    context["messages"] = ReasoningFields.aliased(messages)
    context["tools"] = tools ?? .null
    context["documents"] = documents ?? .null
    context["add_generation_prompt"] = .bool(addGenerationPrompt)
    for (name, value) in variables.members { context[name] = value }
    return try template.render(context)
  }
}

/// One message of a conversation.
public struct ChatMessage: Sendable, Hashable {
  public var role: String
  public var content: String

  public init(role: String, content: String) {
    self.role = role
    self.content = content
  }

  public static func system(_ content: String) -> ChatMessage { ChatMessage(role: "system", content: content) }
  public static func user(_ content: String) -> ChatMessage { ChatMessage(role: "user", content: content) }
  public static func assistant(_ content: String) -> ChatMessage { ChatMessage(role: "assistant", content: content) }

  var json: OrderedJSON { ["role": .string(role), "content": .string(content)] }
}

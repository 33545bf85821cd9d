internal import Files

/// The names a message's reasoning goes by. Templates read one, callers give another: transformers fills in both before it renders.
///
/// Source: huggingface/transformers, src/transformers/utils/chat_template_utils.py (`_alias_reasoning_fields`).
enum ReasoningFields {
  private static let names = ["reasoning_content", "thinking", "reasoning"]

  /// The messages, with `reasoning_content` set to the first of the names that has a value, and `thinking` where there was none. A value that is no list of
  /// objects stays as it is.
  static func aliased(_ messages: OrderedJSON) -> OrderedJSON {
    guard let list = messages.arrayValue else { return messages }
    return .array(list.map { $0.objectValue.map { .object(aliased($0)) } ?? $0 })
  }

  private static func aliased(_ message: JSONObject) -> JSONObject {
    guard let reasoning = names.lazy.compactMap({ message[$0] }).first(where: { !$0.isNull }) else { return message }
    // In Python's order, which a template that goes through a message's members sees: thinking first, unless the message has it in its own place.
    var result = message["thinking"] == nil ? JSONObject([("thinking", reasoning)]) : JSONObject([("thinking", .null)])
    for (name, value) in message.members { result[name] = value }
    result["reasoning_content"] = reasoning
    return result
  }
}

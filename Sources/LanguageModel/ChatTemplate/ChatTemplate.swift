public import Files

/// A chat template: Jinja, as far as the templates of Hugging Face's models use it.
public struct ChatTemplate: Sendable {
  public let source: String
  public let name: String

  public init(_ source: String, name: String = "chat_template") throws {
    self.source = source
    self.name = name
  }

  public func render(_ context: JSONObject) throws -> String { preconditionFailure() }
}

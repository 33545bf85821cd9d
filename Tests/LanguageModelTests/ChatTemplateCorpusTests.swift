import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

/// Templates in the manner of the field's, each with every conversation, against transformers: `Fixtures/golden/scripts/chat_templates_golden.py`.
struct ChatTemplateCorpusTests {
  private static let folder = TestSupport.fixtures.appending(path: "golden/templates")

  private static func json(_ name: String) throws -> OrderedJSON {
    try StrictJSON.parse([UInt8](Data(contentsOf: folder.appending(path: name))), file: name)
  }

  private static let golden = Result { try json("rendered.json") }
  private static let conversations = Result { try json("conversations.json") }

  @Test(arguments: try golden.get()["rendered"]?.objectValue?.keys ?? [])
  func `renders what transformers renders, and refuses what it refuses`(name: String) throws {
    let golden = try Self.golden.get()
    let source = String(decoding: try Data(contentsOf: Self.folder.appending(path: "\(name).jinja")), as: UTF8.self)
    let template: ChatTemplate
    do {
      template = try ChatTemplate(source, name: name)
    } catch {
      // Not a template for Jinja either.
      for (_, one) in golden["rendered"]?[name]?.objectValue?.members ?? JSONObject().members { #expect(one["text"] == nil, "\(error)") }
      return
    }
    let now = Date(timeIntervalSince1970: try #require(golden["now"]?.doubleValue))
    let conversations = try #require(try Self.conversations.get().objectValue)
    #expect(conversations.count >= 15)
    for (title, conversation) in conversations.members {
      let one = try #require(golden["rendered"]?[name]?[title])
      var variables = JSONObject([("tools", nil), ("documents", nil), ("add_generation_prompt", false)])
      for part in [golden["specials"], conversation] {
        for (key, value) in part?.objectValue?.members ?? JSONObject().members { variables[key] = value }
      }
      variables["messages"] = variables["messages"].map(ReasoningFields.aliased)
      let found = Result { try template.render(variables, now: now, timeZone: .gmt) }
      switch (one["text"]?.stringValue, found) {
      case (let expected?, .success(let text)): #expect(text.hasSameBytes(as: expected), "\(title):\n\(text)\n--- expected\n\(expected)")
      case (let expected?, .failure(let fault)): Issue.record("\(title): \(fault)\n--- expected\n\(expected)")
      case (nil, .success(let text)): Issue.record("\(title): \(text)\n--- expected \(one["error"]?.stringValue ?? "")")
      case (nil, .failure(let fault)):
        if one["error"]?.stringValue == "TemplateError" { #expect((fault as? TemplateFault)?.problem == one["message"]?.stringValue) }
      }
    }
  }
}

import ArgumentParser
import Files
import Foundation
import LanguageModel

/// `vigil model tokenize`
struct ModelTokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenize", abstract: "text, or text and pair -> ids, tokens, offsets (Unicode scalars, half-open), type_ids.")

  @Option(help: ArgumentHelp("A folder with tokenizer.json.", valueName: "dir")) var model: String
  @Flag(help: "Leave out the special tokens that the tokenizer puts around a text.") var noSpecial = false
  @OptionGroup var rows: RowOptions

  func run() throws {
    try ModelFailure.translate {
      let tokenizer = try Tokenizer.open(URL(filePath: model, directoryHint: .isDirectory).appending(path: "tokenizer.json"))
      var runner = try RowRunner(rows)
      try runner.run { row in
        let text = try row.text("text")
        guard row["pair"] != nil else { return tokenizer.encode(text, addSpecialTokens: !noSpecial) }
        return tokenizer.encode(text, pair: try row.text("pair"), addSpecialTokens: !noSpecial)
      } work: { encodings in
        encodings.map(Self.describe)
      }
    }
  }

  private static func describe(_ encoding: Encoding) -> JSONObject {
    let offsets = encoding.offsets.map { range -> OrderedJSON in [.int(range.lowerBound), .int(range.upperBound)] }
    return JSONObject([
      ("ids", .array(encoding.ids.map { .int(Int($0)) })), ("tokens", .array(encoding.tokens.map { .string($0) })), ("offsets", .array(offsets)),
      ("type_ids", .array(encoding.typeIDs.map { .int(Int($0)) })),
    ])
  }
}

/// `vigil model detokenize`
struct ModelDetokenizeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "detokenize", abstract: "ids -> text.")

  @Option(help: ArgumentHelp("A folder with tokenizer.json.", valueName: "dir")) var model: String
  @Flag(help: "Keep special tokens in the text.") var keepSpecial = false
  @Flag(help: "Give the pieces too, one a token, as they become whole characters.") var stream = false
  @OptionGroup var rows: RowOptions

  func run() throws {
    try ModelFailure.translate {
      let tokenizer = try Tokenizer.open(URL(filePath: model, directoryHint: .isDirectory).appending(path: "tokenizer.json"))
      var runner = try RowRunner(rows)
      try runner.run { row in
        let ids = try row.ids("ids")
        if let unknown = ids.first(where: { tokenizer.token(of: $0) == nil }) { throw RowFault("ids holds \(unknown), which no token has") }
        return ids
      } work: { jobs in
        jobs.map { ids in
          var result = JSONObject([("text", .string(tokenizer.decode(ids, skipSpecial: !keepSpecial)))])
          if stream {
            var decoder = tokenizer.streamDecoder(skipSpecial: !keepSpecial)
            var pieces = ids.map { decoder.append($0) }
            let rest = decoder.finish()
            if !rest.isEmpty { pieces.append(rest) }
            result["pieces"] = .array(pieces.map { .string($0) })
          }
          return result
        }
      }
    }
  }
}

/// `vigil model render`
struct ModelRenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "render", abstract: "messages, optional tools, documents, chat_template_kwargs -> text by the folder's chat template.")

  @Option(help: ArgumentHelp("A folder with a chat template.", valueName: "dir")) var model: String
  @Flag(help: "End with what makes the model answer.") var generationPrompt = false
  @OptionGroup var rows: RowOptions

  func run() throws {
    try ModelFailure.translate {
      let chat = try ChatFormat.open(URL(filePath: model, directoryHint: .isDirectory))
      var runner = try RowRunner(rows)
      try runner.run { row in
        try chat.render(row, addGenerationPrompt: generationPrompt)
      } work: { texts in
        texts.map { JSONObject([("text", .string($0))]) }
      }
    }
  }
}

extension ChatFormat {
  /// The text of a row with `messages`.
  func render(_ row: InputRow, addGenerationPrompt: Bool) throws -> String {
    guard let messages = row["messages"] else { throw RowFault("messages is missing") }
    guard let list = messages.arrayValue, list.allSatisfy({ $0["role"]?.stringValue != nil }) else {
      throw RowFault("messages must be a list of objects with role and content, found \(messages.text().prefix(60))")
    }
    let variables = row["chat_template_kwargs"]
    guard variables == nil || variables?.objectValue != nil else { throw RowFault("chat_template_kwargs must be an object") }
    return try render(
      messages: messages, addGenerationPrompt: addGenerationPrompt, tools: row["tools"], documents: row["documents"],
      variables: variables?.objectValue ?? JSONObject())
  }
}

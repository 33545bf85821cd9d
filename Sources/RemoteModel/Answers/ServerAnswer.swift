import Files
import Foundation

/// What a server said to one completion request, in either of the two shapes that are spoken.
struct ServerAnswer: Sendable, Hashable {
  struct Token: Sendable, Hashable {
    var text: String
    /// Nats; nil for a first token, which has nothing before it.
    var logProbability: Double?
    /// The most probable tokens in its place, as far as the server tells, in no order.
    var top: [Alternative]
  }

  struct Alternative: Sendable, Hashable {
    var text: String
    var logProbability: Double
  }

  var text: String
  var finishReason: String?
  /// Nil where the server gives no log-probabilities.
  var tokens: [Token]?
  var promptTokens: Int?
  var completionTokens: Int?

  /// The tokens of the prompt that was echoed: all but those that were written behind it. Nil where the server tells too little.
  ///
  /// Counted from the end, because some servers leave the token that begins a text out of the list and count it in `prompt_tokens` (llama-cpp-python).
  var echoed: ArraySlice<Token>? {
    guard let tokens, let completionTokens, completionTokens <= tokens.count else { return nil }
    return tokens.dropLast(completionTokens)
  }
}

extension ServerAnswer {
  /// Something in an answer that no such server sends.
  struct Malformed: Error, Hashable {
    var problem: String
  }

  /// Reads an answer to one prompt of one choice.
  init(_ json: OrderedJSON) throws(Malformed) {
    guard let choices = json["choices"]?.arrayValue else { throw Malformed(problem: "the answer has no list `choices`") }
    guard choices.count == 1 else { throw Malformed(problem: "the answer has \(choices.count) choices, one was asked for") }
    let choice = choices[0]
    if let index = choice["index"]?.intValue, index != 0 { throw Malformed(problem: "the only choice has index \(index)") }
    if let message = choice["message"] {
      // A refusal or a call of a tool has no content: the model wrote no text.
      text = message["content"]?.stringValue ?? ""
    } else if let text = choice["text"]?.stringValue {
      self.text = text
    } else {
      throw Malformed(problem: "the choice has neither `text` nor `message`")
    }
    finishReason = choice["finish_reason"]?.stringValue
    promptTokens = try Self.count(json, "prompt_tokens")
    completionTokens = try Self.count(json, "completion_tokens")
    tokens = try choice["logprobs"].flatMap { json throws(Malformed) in try Self.tokens(json) }
  }

  private static func count(_ json: OrderedJSON, _ key: String) throws(Malformed) -> Int? {
    guard let value = json["usage"]?[key], !value.isNull else { return nil }
    guard let count = value.intValue, count >= 0 else { throw Malformed(problem: "`usage.\(key)` is not a count") }
    return count
  }

  /// `{tokens, token_logprobs, top_logprobs}` of completions, or `{content: [{token, logprob, top_logprobs}]}` of chat, which llama.cpp's server sends for both.
  private static func tokens(_ json: OrderedJSON) throws(Malformed) -> [Token]? {
    if let content = json["content"], !content.isNull {
      guard let list = content.arrayValue else { throw Malformed(problem: "`logprobs.content` is no list") }
      var tokens: [Token] = []
      for entry in list {
        var top: [Alternative] = []
        for other in entry["top_logprobs"]?.arrayValue ?? [] {
          guard let text = other["token"]?.stringValue else { throw Malformed(problem: "an entry of `top_logprobs` has no token") }
          top.append(Alternative(text: text, logProbability: try logProbability(other["logprob"])))
        }
        guard let text = entry["token"]?.stringValue else { throw Malformed(problem: "an entry of `logprobs.content` has no token") }
        tokens.append(Token(text: text, logProbability: try logProbability(entry["logprob"]), top: top))
      }
      return tokens
    }
    guard let texts = json["tokens"]?.arrayValue, let values = json["token_logprobs"]?.arrayValue else { return nil }
    guard texts.count == values.count else {
      throw Malformed(problem: "`logprobs` has \(texts.count) tokens and \(values.count) log-probabilities")
    }
    let tops = json["top_logprobs"]?.arrayValue
    if let tops, tops.count != texts.count {
      throw Malformed(problem: "`logprobs` has \(texts.count) tokens and \(tops.count) lists of alternatives")
    }
    var tokens: [Token] = []
    for (place, text) in texts.enumerated() {
      guard let text = text.stringValue else { throw Malformed(problem: "`logprobs.tokens` holds \(text.kindName)") }
      var top: [Alternative] = []
      if let members = tops?[place].objectValue?.members {
        for (text, value) in members { top.append(Alternative(text: text, logProbability: try logProbability(value))) }
      }
      tokens.append(Token(text: text, logProbability: values[place].isNull ? nil : try logProbability(values[place]), top: top))
    }
    return tokens
  }

  /// At most 0, but for the rounding of half precision.
  private static func logProbability(_ json: OrderedJSON?) throws(Malformed) -> Double {
    guard let value = json?.doubleValue, value <= 0.01 else {
      throw Malformed(problem: "a log-probability is \(json?.doubleValue.map { "\($0)" } ?? json?.kindName ?? "missing")")
    }
    return min(value, 0)
  }
}

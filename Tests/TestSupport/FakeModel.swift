import Files

/// A model of a few words.
extension FakeServer {
  /// Answers as a real server does: a token is a word with the space before it, and its log-probability is the less the longer it is. In a chat it says back the
  /// message's last word.
  /// - labels: listed by a chat as improbable alternatives
  package static func model(_ request: Request, name: String = "tiny", root: String = "tests", labels: [String] = ["yes", "no"]) -> Answer {
    switch request.path {
    case "/v1/models": .json(["object": "list", "data": [["id": .string(name), "root": .string(root), "created": 7]]])
    case "/v1/completions": .json(completion(request.body))
    default: .json(chat(request.body, labels))
    }
  }

  package static func logProbability(_ token: String) -> Double { -Double(token.utf8.count) / 4 }

  package static func tokens(_ text: String) -> [String] {
    var tokens: [String] = []
    for scalar in text.unicodeScalars {
      if scalar == " " || scalar == ":" || tokens.isEmpty || tokens.last == ":" { tokens.append("") }
      tokens[tokens.count - 1].unicodeScalars.append(scalar)
    }
    return tokens
  }

  private static func completion(_ body: OrderedJSON) -> OrderedJSON {
    let prompt = body["prompt"]?.stringValue ?? ""
    let echoed = tokens(prompt)
    let listed = (body["echo"]?.boolValue == true ? echoed : []) + [" end"]
    let values = listed.enumerated().map { OrderedJSON.double($0 == 0 && listed.count > 1 ? .nan : logProbability($1)) }
    return [
      "choices": [
        [
          "index": 0, "text": .string(listed.joined()), "finish_reason": "length",
          "logprobs": body["logprobs"] == nil ? .null : ["tokens": .array(listed.map { .string($0) }), "token_logprobs": .array(values)],
        ]
      ], "usage": ["prompt_tokens": .int(echoed.count), "completion_tokens": 1],
    ]
  }

  private static func chat(_ body: OrderedJSON, _ labels: [String]) -> OrderedJSON {
    let said = body["messages"]?.arrayValue?.last?["content"]?.stringValue ?? ""
    let word = said.split(separator: " ").last.map(String.init) ?? ""
    let others: [OrderedJSON] = labels.filter { $0 != word }.map { ["token": .string($0), "logprob": .double(-7)] }
    let top: [OrderedJSON] = [["token": .string(word), "logprob": .double(-0.002)]] + others
    return [
      "choices": [
        [
          "index": 0, "message": ["role": "assistant", "content": .string(word)], "finish_reason": "stop",
          "logprobs": body["logprobs"]?.boolValue == true
            ? ["content": [["token": .string(word), "logprob": .double(-0.002), "top_logprobs": .array(top)]]] : .null,
        ]
      ], "usage": ["prompt_tokens": 5, "completion_tokens": 1],
    ]
  }
}

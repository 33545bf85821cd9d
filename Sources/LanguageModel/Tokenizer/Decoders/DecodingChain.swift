/// The steps of a decoder, one after the other.
struct DecodingChain: Sendable {
  private var steps: [any DecodingStep]

  init(_ decoder: Decoder) {
    steps = decoder.makeSteps()
  }

  /// The text that the next token completes.
  mutating func take(_ token: String) -> String { pass([DecodingPart(text: token)], from: 0) }

  /// What is left at the end.
  mutating func finish() -> String {
    var text = ""
    for place in steps.indices { text += pass(steps[place].finish(), from: place + 1) }
    return text
  }

  private mutating func pass(_ parts: [DecodingPart], from first: Int) -> String {
    var parts = parts
    for place in steps.indices.dropFirst(first) where !parts.isEmpty {
      var next: [DecodingPart] = []
      for part in parts { next += steps[place].take(part) }
      parts = next
    }
    return parts.count == 1 ? parts[0].text : parts.map(\.text).joined()
  }
}

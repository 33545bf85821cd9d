import Foundation

/// One sequence as it grows.
struct GenerationWriter {
  let prompt: [Int32]
  /// Tokens it can have at most, prompt included.
  let capacity: Int
  private(set) var tokens: [Int32] = []
  private(set) var reason: Generation.FinishReason?
  private var text = ""
  private var decoder: StreamDecoder?
  private var sampler: Sampler
  private let ends: Set<Int32>
  private let stop: [String]
  private let maximum: Int

  init(_ prompt: [Int32], options: GenerationOptions, seed: UInt64, engine: LanguageEngine) {
    self.prompt = prompt
    // The last token is never looked at again, so it needs no place; but a context of n positions holds n tokens.
    maximum = min(options.maximumTokens, engine.configuration.maximumPositions - prompt.count)
    capacity = prompt.count + maximum
    sampler = Sampler(options, seed: seed, prompt: prompt)
    ends = (options.ignoreEndOfSequence ? [] : engine.endOfSequence).union(options.stopTokens)
    stop = options.stop
    decoder = engine.tokenizer?.streamDecoder()
  }

  /// Tokens so far, prompt included.
  var length: Int { prompt.count + tokens.count }
  var last: Int32 { tokens[tokens.count - 1] }

  /// Whether the next token is the one with the largest logit.
  var isPlainlyGreedy: Bool { sampler.isPlainlyGreedy }

  /// The next token, by its logits.
  mutating func pick(_ logits: [Float]) -> Int32 { sampler.pick(logits) }

  /// Takes over the next token.
  mutating func append(_ id: Int32) {
    tokens.append(id)
    if ends.contains(id) {
      reason = .stop
    } else {
      text += decoder?.append(id) ?? ""
      if tokens.count == maximum { reason = .length }
    }
    // What the decoder held back may hold a stop string too.
    if reason != nil { text += decoder?.finish() ?? "" }
    if let cut = earliestStop() {
      text = cut
      reason = .stop
    }
  }

  /// The text before the first stop string in it. Compared by UTF-8 bytes: equal text, not canonically equivalent text.
  private func earliestStop() -> String? {
    guard !stop.isEmpty else { return nil }
    let bytes = Array(text.utf8)
    let places = stop.compactMap { stop -> Int? in
      let wanted = Array(stop.utf8)
      guard wanted.count <= bytes.count else { return nil }
      return (0...bytes.count - wanted.count).first { bytes[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
    return places.min().map { String(decoding: bytes[..<$0], as: UTF8.self) }
  }

  var generation: Generation { Generation(tokens: tokens, text: text, finishReason: reason ?? .length, promptTokens: prompt.count) }
}

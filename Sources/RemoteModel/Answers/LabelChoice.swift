import Foundation

/// Which label an answer means, where labels can only be looked for among the most probable tokens of its first place.
///
/// The local engine takes the label whose whole log-probability is greatest. A server names its most probable tokens (20 of them, say); what it does not name is at most as
/// probable as the least it does. From that follows:
///
/// - A label that is a single token and is named has its log-probability. The best of these is the answer when no other label can have more: those not named at all have
///   at most the least of the list, and those of which only a beginning is named have at most their beginnings' sum.
/// - Otherwise the answer is what the model wrote, if that is one of the labels.
/// - Probabilities are given only when all that is unknown moves none of them by more than `tolerance`; else there are none. They are never filled in.
struct LabelChoice: Sendable, Hashable {
  /// Place among the labels; nil when the model wrote something else.
  var best: Int?
  /// Of every label; empty when they cannot be told.
  var probabilities: [Double]
  /// Of the answer; nil when it cannot be told.
  var logProbability: Double?

  /// A probability that is off by a thousandth changes no confidence worth speaking of.
  static let tolerance = 0.001

  init(_ answer: ServerAnswer, labels: [String]) {
    let candidates = Self.candidates(answer.tokens?.first)
    let named = labels.map { label in candidates.first { $0.text.utf8.elementsEqual(label.utf8) }?.logProbability }
    let floor = candidates.map { exp($0.logProbability) }.min() ?? 1
    // Tokens are exclusive events, so all that is not named together has what is left of 1.
    let rest = max(0, 1 - candidates.reduce(0) { $0 + exp($1.logProbability) })
    let bounds = labels.indices.map { place -> Double in
      if named[place] != nil { return 0 }
      let beginnings = candidates.filter { Self.begins(labels[place], with: $0.text) }.reduce(0) { $0 + exp($1.logProbability) }
      // A beginning that is not named itself weighs at most the floor.
      return beginnings + min(floor, rest)
    }
    let place = labels.indices.filter { named[$0] != nil }.max { a, b in
      let (x, y) = (named[a] ?? 0, named[b] ?? 0)
      return x < y || (x == y && a > b)
    }
    if let place, let value = named[place], bounds.allSatisfy({ $0 <= exp(value) }) {
      best = place
      logProbability = value
      let known = named.reduce(0) { $0 + ($1.map(exp) ?? 0) }
      let unknown = labels.indices.reduce(0) { $0 + bounds[$1] }
      probabilities = unknown <= Self.tolerance * known ? named.map { ($0.map(exp) ?? 0) / known } : []
      return
    }
    probabilities = []
    best = Self.written(answer.text, labels)
    logProbability = best.flatMap { Self.logProbability(of: labels[$0], in: answer) }
  }

  /// The first place's alternatives and its own token, each once.
  private static func candidates(_ token: ServerAnswer.Token?) -> [ServerAnswer.Alternative] {
    guard let token else { return [] }
    var candidates = token.top
    if let own = token.logProbability, !candidates.contains(where: { $0.text.utf8.elementsEqual(token.text.utf8) }) {
      candidates.append(.init(text: token.text, logProbability: own))
    }
    return candidates
  }

  private static func begins(_ label: String, with token: String) -> Bool {
    !token.isEmpty && token.utf8.count < label.utf8.count && label.utf8.starts(with: token.utf8)
  }

  /// The label that the text is, but for white space and a full stop around it.
  private static func written(_ text: String, _ labels: [String]) -> Int? {
    let said = text.trimmingCharacters(in: .whitespacesAndNewlines.union(CharacterSet(charactersIn: ".\"'`*")))
    return labels.firstIndex { $0.utf8.elementsEqual(said.utf8) }
  }

  /// The sum over the first tokens that together are the label, if some are.
  private static func logProbability(of label: String, in answer: ServerAnswer) -> Double? {
    var (text, sum) = ("", 0.0)
    for token in answer.tokens ?? [] {
      guard let value = token.logProbability else { return nil }
      text += token.text
      sum += value
      if text.utf8.elementsEqual(label.utf8) { return sum }
    }
    return nil
  }
}

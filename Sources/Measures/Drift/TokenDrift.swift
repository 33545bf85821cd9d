import func Foundation.log
package import Records
import Statistics

/// `drift.input.tokens`: whether people write other words than they did.
///
/// **Value and effect**: the Jensen-Shannon distance (natural logarithm) between the word distributions of reference and window, with the mean divergence of
/// random relabellings taken off before the root: 0 means "as far apart as two halves of the same messages". Uncorrected, 200 clean messages of 15 words
/// are at about 0.15.
///
/// **Evidence**: T = Σ_w (difference of w's share)² / s_w, s the pooled share: Pearson's statistic, but with *messages* as the units, because the
/// words of a message come together and counting each as a row of its own would alarm on nothing. Its null is that of relabelled messages (200 of
/// them), with the tail of the limit Σ λ χ²₁ beyond (`PermutationNull`).
///
/// **Detail**: the words that contribute most to the divergence, with their shares of all words.
///
/// Example: a product named in 30% of the window's messages and in none of the reference's is found at n = 100 and heads the list.
package struct TokenDetector: Detector {
  static let name = "drift.input.tokens"
  static let permutations = 200
  static let shown = 15

  package let measures = [TokenDetector.name]

  package init() {}

  package func measure(_ input: MeasureInput, _ settings: MeasureSettings) -> [Measurement] {
    let n = input.current.count
    let m = input.reference.count
    var measurement = Measurement(
      measure: TokenDetector.name, window: input.window, value: nil, n: n, referenceN: m, tolerance: settings.tolerance(TokenDetector.name),
      verdict: .unchanged,
      signature: signature(TokenDetector.name, "words:lower,digits0,top500+other|message_permutation:200+pearson3|js:ln,corrected", settings))
    guard n > 1, m > 1 else { return [measurement.judged(settings)] }

    let table = WordTable(reference: input.reference.map(\.sample.input), current: input.current.map(\.sample.input))
    let (total, words) = table.counts(0..<(n + m))
    let now = table.counts(m..<(n + m))
    let factor = 1 / Double(n) + 1 / Double(m)
    let covariance = table.covariance(total: total, words: words)
    guard let tail = PearsonIII(covariance: covariance, size: table.places, factor: factor) else { return [measurement.judged(settings)] }

    let share = total.map { $0 / words }
    let meanLength = words / Double(n + m)
    func statistic(_ counts: [Double], _ length: Double) -> Double {
      var sum = 0.0
      for w in counts.indices where share[w] > 0 {
        let z = (counts[w] - share[w] * length) / meanLength * factor
        sum += z * z / share[w]
      }
      return sum
    }
    func divergence(_ counts: [Double], _ length: Double) -> Double {
      TokenDetector.divergence(counts.map { $0 / length }, zip(total, counts).map { ($0 - $1) / (words - length) })
    }

    var generator = Xoshiro256(seed: Seed.derive(settings.seed, TokenDetector.name))
    var order = Array(0..<(n + m))
    let small = min(n, m)
    var statistics: [Double] = []
    var divergences = Moments()
    for _ in 0..<TokenDetector.permutations {
      generator.drawToFront(&order, count: small)
      let drawn = table.counts(order.prefix(small))
      statistics.append(statistic(drawn.counts, drawn.words))
      divergences.add(divergence(drawn.counts, drawn.words))
    }
    guard let null = PermutationNull(statistics, tail: tail) else { return [measurement.judged(settings)] }

    let observed = statistic(now.counts, now.words)
    let current = now.counts.map { $0 / now.words }
    let reference = zip(total, now.counts).map { ($0 - $1) / (words - now.words) }
    let noise = divergences.mean ?? 0
    let excess = TokenDetector.divergence(current, reference) - noise
    func distance(_ divergence: Double) -> Double { max(0, divergence).squareRoot() }
    let half = 1.959963984540054 * (TokenDetector.variance(table, current, reference) + (divergences.sampleVariance ?? 0)).squareRoot()

    measurement.value = distance(excess)
    measurement.lower = distance(excess - half)
    measurement.upper = distance(excess + half)
    measurement.effect = distance(excess)
    measurement.evidence = Evidence(test: "message_permutation", statistic: observed / factor, pValue: null.pValue(observed))
    // Near the null the divergence is an eighth of T.
    measurement.detectableEffect = tail.inverseSurvival(settings.alpha).map {
      distance(($0 + 0.8416212335729143 * tail.deviation - tail.mean) / 8)
    }
    measurement.detail = .categories(TokenDetector.telling(table.vocabulary, reference, current))
    return [measurement.judged(settings)]
  }

  /// The Jensen-Shannon divergence of shares that already sum to 1, nats.
  private static func divergence(_ p: [Double], _ q: [Double]) -> Double {
    var sum = 0.0
    for w in p.indices { sum += contribution(p[w], q[w]) }
    return max(0, sum)
  }

  private static func contribution(_ p: Double, _ q: Double) -> Double {
    let middle = (p + q) / 2
    return 0.5 * ((p > 0 ? p * log(p / middle) : 0) + (q > 0 ? q * log(q / middle) : 0))
  }

  /// Sampling variance of the divergence, by the delta method: a message moves it by ½ Σ_w (c_w − p_w L) ln(p_w / middle) / L̄ of its own side.
  private static func variance(_ table: WordTable, _ current: [Double], _ reference: [Double]) -> Double {
    func side(_ rows: Range<Int>, _ own: [Double], _ other: [Double]) -> Double {
      let weight = own.indices.map { own[$0] > 0 ? 0.5 * log(2 * own[$0] / (own[$0] + other[$0])) : 0 }
      let centre = own.indices.reduce(0) { $0 + own[$1] * weight[$1] }
      let length = rows.reduce(0) { $0 + table.lengths[$1] } / Double(rows.count)
      let influence = Moments(
        rows.lazy.map { row in (table.messages[row].reduce(0) { $0 + $1.count * weight[$1.place] } - centre * table.lengths[row]) / length })
      return (influence.sampleVariance ?? 0) / Double(rows.count)
    }
    return side(table.referenceCount..<table.messages.count, current, reference) + side(0..<table.referenceCount, reference, current)
  }

  /// The words that say most about the change, and all others together.
  private static func telling(_ vocabulary: [Text], _ reference: [Double], _ current: [Double]) -> [CategoryShare] {
    let named = vocabulary.indices.dropLast().sorted { a, b in
      let (x, y) = (contribution(current[a], reference[a]), contribution(current[b], reference[b]))
      return x == y ? vocabulary[a] < vocabulary[b] : x > y
    }
    let first = named.prefix(shown).map { CategoryShare(name: vocabulary[$0].string, reference: reference[$0], current: current[$0]) }
    let rest = Array(named.dropFirst(shown)) + [vocabulary.count - 1]
    let other = CategoryShare(
      name: Text.other.string, reference: rest.reduce(0) { $0 + reference[$1] }, current: rest.reduce(0) { $0 + current[$1] })
    return first + [other]
  }
}

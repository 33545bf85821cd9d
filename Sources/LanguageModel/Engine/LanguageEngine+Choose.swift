import Foundation
import Kernels

/// How a model chose among labels for one prompt.
public struct Choice: Sendable, Hashable {
  /// Log-probability of every label as the prompt's continuation: the sum over its tokens, nats, at most 0.
  public var logProbabilities: [Double]
  /// Softmax of `logProbabilities`: sums to 1.
  public var probabilities: [Double] {
    let top = logProbabilities.max() ?? 0
    let weights = logProbabilities.map { exp($0 - top) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }
  /// Mean of -log p(token | all before) over the span's tokens, nats; nil when not asked for, or when the span is the prompt's first token alone.
  public var surprisal: Double?
  /// Mean of the last hidden states (after the final norm) over the span.
  public var pooled: [Float]
  /// Tokens of the prompt.
  public var tokens: Int

  /// Number of the most probable label; the first of equals.
  public var best: Int {
    let p = probabilities
    return p.indices.max { p[$0] < p[$1] || (p[$0] == p[$1] && $0 > $1) } ?? 0
  }
}

extension LanguageEngine {
  /// Scores every label as the continuation of every prompt.
  ///
  /// A prompt is computed once; the labels follow it as a tree of their tokens, in the same pass. The head is applied only where a label's
  /// token, or with `surprisal` a token of the span, is read.
  /// - labels: at least one, each of at least one token; probabilities are comparable when each ends with the same closing token
  /// - inputSpans: for each prompt, the tokens that are the input's own (surprisal and pooling look at these); nil for whole prompts
  /// - surprisal: costs about a third more
  /// - Throws: `EngineFault`
  public func choose(prompts: [[Int32]], labels: [[Int32]], inputSpans: [Range<Int>]? = nil, surprisal: Bool = true) throws -> [Choice] {
    try checkLanguageModel()
    guard !labels.isEmpty else { throw EngineFault.noLabels }
    if let empty = labels.firstIndex(where: \.isEmpty) { throw EngineFault.emptyLabel(index: empty) }
    for label in labels {
      if let id = label.first(where: { $0 < 0 || Int($0) >= configuration.vocabularySize }) {
        throw EngineFault.unknownToken(index: 0, id: id, vocabulary: configuration.vocabularySize)
      }
    }
    let trie = LabelTrie(labels)
    let longest = labels.map(\.count).max() ?? 0
    // Where lengths decide how keys turn, a label may have to be scored as a whole text, with its last token.
    try check(prompts, extra: configuration.rotaries.contains { $0.differs(1, .max) } ? longest : trie.depth)
    let spans = inputSpans ?? prompts.map { 0..<$0.count }
    guard spans.count == prompts.count else { throw EngineFault.countDiffers(what: "input spans", expected: prompts.count, got: spans.count) }
    for (index, span) in spans.enumerated() where span.isEmpty || span.lowerBound < 0 || span.upperBound > prompts[index].count {
      throw EngineFault.spanOutside(index: index, span: span, tokens: prompts[index].count)
    }
    let plan = shared(prompts, extra: trie.count)
    let kept = KeptBeginning(configuration, positions: plan.kept)
    var choices = prompts.map { _ in Choice(logProbabilities: [], surprisal: nil, pooled: [], tokens: 0) }
    for pass in plan.passes {
      for (text, choice) in zip(pass.texts, try choose(pass, prompts, spans: spans, trie: trie, surprisal: surprisal, kept)) {
        choices[text.number] = choice
      }
    }
    for (index, prompt) in prompts.enumerated() where configuration.rotaries.contains(where: { $0.differs(prompt.count, prompt.count + longest) }) {
      choices[index].logProbabilities = try scoreWhole(prompt, labels)
    }
    return choices
  }

  /// The labels one by one behind their prompt: where the prompt's own keys turn otherwise when a label follows, they cannot be shared.
  private func scoreWhole(_ prompt: [Int32], _ labels: [[Int32]]) throws -> [Double] {
    try score(labels.map { ScoreRequest(tokens: prompt + $0, promptTokens: prompt.count) }).map(\.logProbability)
  }

  /// The choices of a pass's texts, in their order there.
  private func choose(
    _ plan: SharedBeginnings.Pass, _ prompts: [[Int32]], spans: [Range<Int>], trie: LabelTrie, surprisal: Bool, _ kept: KeptBeginning
  ) throws -> [Choice] {
    let n = plan.texts.count
    func branch(_ i: Int) -> Range<Int> { plan.rows + i * trie.count..<plan.rows + (i + 1) * trie.count }
    var pass = Pass(ids: [], positions: [], lengths: [])
    for text in plan.texts {
      let prompt = prompts[text.number]
      let start = prompt.count - text.own.count
      pass.ids += prompt[start...]
      pass.positions += (start..<prompt.count).map(Int32.init)
      pass.lengths += text.own.map { _ in prompt.count }
    }
    for text in plan.texts {
      let count = prompts[text.number].count
      pass.ids += trie.tokens
      pass.positions += trie.ancestors.map { Int32(count + $0.count - 1) }
      pass.lengths += trie.tokens.map { _ in count }
    }
    let (segments, branches) = (plan.texts.map(\.segment), (0..<n).map(branch))
    return try withWorkspace(rows: max(1, pass.ids.count)) { workspace in
      let hidden = forward(pass, in: workspace) { layer, shape, q, k, v, out in
        let (keys, values) = (kept.keys[layer], kept.values[layer])
        attentionForward(q: q, k: k, v: v, keptKeys: keys, keptValues: values, segments: segments, shape: shape, into: out)
        attentionBranches(
          q: q, k: k, v: v, keptKeys: keys, keptValues: values, prompts: segments, branches: branches, ancestors: trie.ancestors, shape: shape,
          into: out)
        kept.keep(plan.keep, layer: layer, keys: k, values: v)
      }
      let pooled = plan.texts.map { text in mean(spans[text.number].map { kept.hidden(text.places[$0], pass: hidden) }) }

      // What is read from the logits of which row: (row, token, which sum it adds to).
      var reads = Reads()
      for (i, text) in plan.texts.enumerated() {
        for (label, path) in trie.paths.enumerated() {
          for (row, token) in path {
            reads.add(
              row == 0 ? text.places[text.places.count - 1] : .row(branches[i].lowerBound + row - 1), token: token, to: i * trie.paths.count + label)
          }
        }
        guard surprisal else { continue }
        for position in spans[text.number] where position > 0 {
          reads.add(text.places[position - 1], token: prompts[text.number][position], to: n * trie.paths.count + i)
        }
      }
      let sums = reads.sums(n * (trie.paths.count + 1), model: model, workspace: workspace) { kept.hidden($0, pass: hidden) }
      kept.keep(plan.keep, hidden: hidden)
      return try plan.texts.enumerated().map { i, text in
        let logs = Array(sums[i * trie.paths.count..<(i + 1) * trie.paths.count])
        guard logs.allSatisfy(\.isFinite) else { throw EngineFault.notFinite(index: text.number) }
        let read = spans[text.number].count { $0 > 0 }
        return Choice(
          logProbabilities: logs,
          surprisal: surprisal && read > 0 ? -sums[n * trie.paths.count + i] / Double(read) : nil, pooled: pooled[i], tokens: text.places.count)
      }
    }
  }
}

/// Log-probabilities to look up, gathered by row so that each row meets the head once.
private struct Reads {
  private var places: [SharedBeginnings.Place] = []
  private var numbers: [SharedBeginnings.Place: Int] = [:]
  private var wanted: [[(token: Int32, sum: Int)]] = []

  mutating func add(_ place: SharedBeginnings.Place, token: Int32, to sum: Int) {
    if let known = numbers[place] {
      wanted[known].append((token, sum))
    } else {
      numbers[place] = places.count
      places.append(place)
      wanted.append([(token, sum)])
    }
  }

  /// Σ log p(token | row) of each of `count` sums. Each sum adds up in the order of `add`, row by row.
  /// - row: the hidden state of a place
  func sums(_ count: Int, model: Transformer, workspace: Workspace, row: (SharedBeginnings.Place) -> Matrix) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    model.logits(places.map(row), in: workspace) { numbers, logits in
      for (i, lse) in logSumExpRows(logits).enumerated() {
        for (token, sum) in wanted[numbers.lowerBound + i] { sums[sum] += Double(logits[i, Int(token)]) - lse }
      }
    }
    return sums
  }
}

/// Mean of rows, each (1, hidden), summed in double.
func mean(_ rows: [Matrix]) -> [Float] {
  var sum = [Double](repeating: 0, count: rows.first?.columns ?? 0)
  for row in rows {
    for (j, value) in row.array.enumerated() { sum[j] += Double(value) }
  }
  return sum.map { Float($0 / Double(rows.count)) }
}

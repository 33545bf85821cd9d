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
    var choices: [Choice] = []
    for pass in Self.passes(prompts.count, rows: { prompts[$0].count + trie.count }) {
      choices += try choosePass(prompts[pass], spans: spans[pass], trie: trie, surprisal: surprisal)
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

  private func choosePass(_ prompts: ArraySlice<[Int32]>, spans: ArraySlice<Range<Int>>, trie: LabelTrie, surprisal: Bool) throws -> [Choice] {
    let first = prompts.startIndex
    let sequences = Sequences(lengths: prompts.map(\.count))
    let n = prompts.count
    func branch(_ i: Int) -> Range<Int> { sequences.tokens + i * trie.count..<sequences.tokens + (i + 1) * trie.count }
    var pass = Pass(prompts)
    for prompt in prompts {
      pass.ids += trie.tokens
      pass.positions += trie.ancestors.map { Int32(prompt.count + $0.count - 1) }
      pass.lengths += trie.tokens.map { _ in prompt.count }
    }
    let (branches, ranges) = ((0..<n).map(branch), (0..<n).map { sequences[$0] })
    return try withWorkspace(rows: pass.ids.count) { workspace in
      let hidden = forward(pass, in: workspace) { _, shape, q, k, v, out in
        let own = 0..<sequences.tokens
        attentionForward(q: q.rows(own), k: k.rows(own), v: v.rows(own), sequences: sequences, shape: shape, into: out.rows(own))
        attentionBranches(q: q, k: k, v: v, prompts: ranges, branches: branches, ancestors: trie.ancestors, shape: shape, into: out)
      }
      let pooled = (0..<n).map { i in
        let span = spans[first + i]
        return mean(hidden.rows(ranges[i].lowerBound + span.lowerBound..<ranges[i].lowerBound + span.upperBound))
      }

      // What is read from the logits of which row: (row, token, which sum it adds to).
      var reads = Reads()
      for i in 0..<n {
        for (label, path) in trie.paths.enumerated() {
          for (row, token) in path {
            reads.add(row: row == 0 ? ranges[i].upperBound - 1 : branches[i].lowerBound + row - 1, token: token, to: i * trie.paths.count + label)
          }
        }
        guard surprisal else { continue }
        for position in spans[first + i] where position > 0 {
          reads.add(row: ranges[i].lowerBound + position - 1, token: prompts[first + i][position], to: n * trie.paths.count + i)
        }
      }
      let sums = reads.sums(n * (trie.paths.count + 1), hidden: hidden, model: model, workspace: workspace)
      return try (0..<n).map { i in
        let logs = Array(sums[i * trie.paths.count..<(i + 1) * trie.paths.count])
        guard logs.allSatisfy(\.isFinite) else { throw EngineFault.notFinite(index: first + i) }
        let read = spans[first + i].count { $0 > 0 }
        return Choice(
          logProbabilities: logs,
          surprisal: surprisal && read > 0 ? -sums[n * trie.paths.count + i] / Double(read) : nil, pooled: pooled[i], tokens: ranges[i].count)
      }
    }
  }
}

/// Log-probabilities to look up, gathered by row so that each row meets the head once.
private struct Reads {
  private var rows: [Int] = []
  private var byRow: [Int: Int] = [:]
  private var wanted: [[(token: Int32, sum: Int)]] = []

  mutating func add(row: Int, token: Int32, to sum: Int) {
    if let known = byRow[row] {
      wanted[known].append((token, sum))
    } else {
      byRow[row] = rows.count
      rows.append(row)
      wanted.append([(token, sum)])
    }
  }

  /// Σ log p(token | row) of each of `count` sums. Each sum adds up in the order of `add`, row by row.
  func sums(_ count: Int, hidden: Matrix, model: Transformer, workspace: Workspace) -> [Double] {
    var sums = [Double](repeating: 0, count: count)
    model.logits(rows.map { hidden.rows($0..<$0 + 1) }, in: workspace) { numbers, logits in
      for (i, lse) in logSumExpRows(logits).enumerated() {
        for (token, sum) in wanted[numbers.lowerBound + i] { sums[sum] += Double(logits[i, Int(token)]) - lse }
      }
    }
    return sums
  }
}

/// Mean of the rows, summed in double.
func mean(_ rows: Matrix) -> [Float] {
  var sum = [Double](repeating: 0, count: rows.columns)
  for r in 0..<rows.rows {
    for (j, value) in rows.row(r).enumerated() { sum[j] += Double(value) }
  }
  return sum.map { Float($0 / Double(rows.rows)) }
}

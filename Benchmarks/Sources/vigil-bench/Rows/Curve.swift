import LanguageModel

/// What a token costs, as texts get longer and as there are more of them: flat but for attention, whose arithmetic grows with length.
struct Curve: Codable {
  struct Point: Codable {
    var prompts: Int
    var length: Int
    /// Microseconds a token.
    var cost: Double
    /// GFLOP/s of the arithmetic that is needed, attention's included: flat where length costs no more than its products.
    var rate: Double
  }

  var model: String
  var precision: String
  var points: [Point]

  /// - lengths: 8,192 tokens in all at each length; else 1 to 64 prompts of 256 tokens
  init(_ subject: Subject, _ precision: Precision, _ engine: LanguageEngine, lengths: Bool, repetitions: Int) throws {
    (model, self.precision, points) = (subject.name, precision.rawValue, [])
    let all = subject.work.long
    let shapes = lengths ? [128, 256, 512, 1_024, 2_048, 4_096, 8_192].map { (all.count / $0, $0) } : [1, 2, 4, 8, 16, 32, 64].map { ($0, 256) }
    for (prompts, length) in shapes {
      // Different texts, so that nothing can be shared.
      let texts = (0..<prompts).map { i in Array((all[(i * 127 % all.count)...] + all[..<(i * 127 % all.count)]).prefix(length)) }
      let times = try (0..<repetitions).map { _ in try seconds { _ = try Engines.score(engine, texts[...], last: 1) } }
      guard let time = Spread(times)?.median else { continue }
      let operations = subject.arithmetic.scoring(length: length, scored: 1) * Double(prompts)
      points.append(Point(prompts: prompts, length: length, cost: time / Double(prompts * length) * 1e6, rate: operations / time / 1e9))
    }
  }

  var plot: String {
    let most = points.map(\.cost).max() ?? 1
    let rows = points.map { point in
      let bar = String(repeating: "#", count: max(1, Int((point.cost / most * 40).rounded())))
      return ["\(point.prompts) x \(point.length)", Spread.number(point.cost), bar, Spread.number(point.rate)]
    }
    return "\(model), \(precision):\n\n" + markdown(["prompts x tokens", "µs/token", "", "GFLOP/s"], rows)
  }
}

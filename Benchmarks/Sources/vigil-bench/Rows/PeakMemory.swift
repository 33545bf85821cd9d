import Foundation
import LanguageModel

/// The most memory of a fresh process that loads a model, scores a batch of 8 prompts and generates 64 tokens behind 8 others.
struct PeakMemory {
  static let batch = 8
  let bench: Bench

  /// In a process of its own: does the work and returns the bytes it took.
  static func work(_ subject: Subject, _ precision: Precision) throws -> Double? {
    guard let engine = try Engines.open(subject.folder, precision) else { return nil }
    _ = try Engines.score(engine, subject.work.scoring.prefix(batch), last: Scoring.scored)
    _ = try Engines.generate(engine, subject.work.generation.prefix(batch), tokens: 1 + Generating.steps)
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
    return line.flatMap { Double($0.split(whereSeparator: \.isWhitespace)[1]) }.map { $0 * 1_024 }
  }

  func line(_ subject: Subject, _ precision: Precision, isOffered: Bool, _ peer: Peer?) throws -> Line {
    let arithmetic = subject.arithmetic
    let (length, start) = (subject.work.scoring[0].count, subject.work.generation[0].count)
    let needed =
      arithmetic.weightBytes(precision) + arithmetic.cacheBytes(precision, tokens: Self.batch * (start + 1 + Generating.steps))
      + arithmetic.activationBytes(rows: Self.batch * length, scored: Self.batch * Scoring.scored)
    let ours = isOffered ? try Child.run("memory", subject, precision).flatMap(Double.init) : nil
    let request = Peer.Request(work: "memory", scored: Scoring.scored, batch: Self.batch, steps: Generating.steps)
    let theirs = peer.flatMap { peer in
      bench.attempt(peer.name) { try peer.ask(request) }?.bytes.map { Line.Rival(name: peer.name, spread: Spread(exactly: $0 / 1e6)) }
    }
    return Line(
      work: "peak memory, batch \(Self.batch)", model: subject.name, precision: precision.rawValue, unit: "MB", isLessBetter: true,
      ours: ours.map { Spread(exactly: $0 / 1e6) }, limit: Spread(exactly: needed / 1e6), peers: [theirs].compactMap { $0 },
      goals: [Line.Goal(versus: "limit", ratio: 1.3)], note: "limit: weights, cache and the batch's activations")
  }
}

import Files
import Foundation

/// One line of `metrics.jsonl`.
struct MetricsLine: Sendable, Hashable, Codable {
  /// Counted from 1.
  var step: Int
  /// Mean over the step's supervised tokens, nats.
  var loss: Double
  /// The rate used in this step.
  var learningRate: Double
  /// Of the gradient before clipping.
  var gradNorm: Double
  /// Tokens since the first step, this one included.
  var tokens: Int
  var tokensPerSecond: Double
  var validationLoss: Double?

  enum CodingKeys: String, CodingKey {
    case step, loss, tokens
    case learningRate = "learning_rate"
    case gradNorm = "grad_norm"
    case tokensPerSecond = "tokens_per_second"
    case validationLoss = "validation_loss"
  }
}

/// `metrics.jsonl`: a line a step, put on disk whenever a checkpoint is.
///
/// A resumed run drops the lines after its checkpoint, durably, before it adds its own: each step is there once.
struct MetricsLog {
  private let url: URL
  private let file: FileHandle

  /// Opens the log with what it holds up to `step`.
  init(_ url: URL, keepingThrough step: Int) throws {
    self.url = url
    var kept = Data()
    if step > 0, let old = try? Data(contentsOf: url) {
      for line in old.split(separator: UInt8(ascii: "\n")) {
        // A line that a crash cut short is of a later step than the checkpoint, which was synced after its own lines.
        guard let metrics = try? JSONDecoder().decode(MetricsLine.self, from: line), metrics.step <= step else { continue }
        kept += line + [UInt8(ascii: "\n")]
      }
    }
    try DurableFile.write(kept, to: url)
    file = try FileHandle(forWritingTo: url)
    try file.seekToEnd()
  }

  func add(_ line: MetricsLine) throws { try file.write(contentsOf: Form.json(line)) }

  func sync() throws { try file.synchronize() }

  func close() throws {
    try file.synchronize()
    try file.close()
  }
}

import Foundation
import LanguageModel
import TestSupport
import Testing

@testable import Training

/// Against PyTorch, transformers and peft: `Fixtures/golden/scripts/training_curve.py` made the numbers and names the versions.
@Suite struct CurveTests {
  /// Lives as long as the test; the folders in it go with it.
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func folder(_ name: String) -> URL { scratch.url.appending(path: name, directoryHint: .isDirectory) }

  struct Golden: Decodable {
    struct Row: Decodable {
      var token_ids: [Int32]
      var labels: [Int32]
    }
    struct Line: Decodable {
      var step: Int
      var loss: Double
      var learning_rate: Double
      var grad_norm: Double
      var validation_loss: Double?
    }
    var rows: [Row]
    var lora: [Line]
    var full: [Line]
  }

  private func golden() throws -> Golden { try JSONDecoder().decode(Golden.self, from: TestSupport.golden("training_curve.json")) }

  @Test func `rows have the tokens and labels that TRL's rules give`() throws {
    let model = try ModelFolder.open(Tiny.folder)
    let data = try TrainingData(Tiny.train, reader: TrainingRowReader(model: model, maximumLength: 128, truncation: nil))
    let expected = try golden().rows
    #expect(data.examples.count == expected.count)
    for (found, row) in zip(data.examples, expected) {
      #expect(found.tokens == row.token_ids, "line \(found.line)")
      #expect(found.labels == row.labels, "line \(found.line)")
    }
    #expect(data.counts.withoutStop == 0 && data.counts.mergedBoundaries == 0)
  }

  /// Both sides compute in 32-bit floats; over 20 steps the rounding grows to a few millionths of the loss.
  static let lossTolerance = 1e-4
  static let normTolerance = 1e-3

  private func compare(_ lines: [Golden.Line], with output: URL) throws {
    let metrics = try Tiny.metrics(output)
    #expect(metrics.count == lines.count)
    for (found, expected) in zip(metrics, lines) {
      #expect(found.step == expected.step)
      #expect(abs(found.loss - expected.loss) < Self.lossTolerance * expected.loss, "step \(found.step): \(found.loss), peft has \(expected.loss)")
      #expect(abs(found.learningRate - expected.learning_rate) < 1e-12)
      #expect(abs(found.gradNorm - expected.grad_norm) < Self.normTolerance * expected.grad_norm, "step \(found.step): norm \(found.gradNorm)")
      #expect((found.validationLoss == nil) == (expected.validation_loss == nil))
      if let loss = found.validationLoss, let theirs = expected.validation_loss { #expect(abs(loss - theirs) < Self.lossTolerance * theirs) }
    }
  }

  private func configuration(rate: Double) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    (configuration.learningRate, configuration.maxSteps, configuration.warmupSteps, configuration.evalSteps) = (rate, 20, 3, 5)
    (configuration.perDeviceTrainBatchSize, configuration.gradientAccumulationSteps, configuration.shuffle) = (3, 2, false)
    configuration.loadBestModelAtEnd = false
    return configuration
  }

  @Test func `twenty steps of LoRA give peft's losses`() throws {
    let output = folder("output")
    var configuration = configuration(rate: 5e-3)
    var lora = TrainingConfiguration.LoRA()
    (lora.r, lora.loraAlpha, lora.initAdapter) = (4, 8, Tiny.folder.appending(path: "adapter").path)
    configuration.lora = lora
    try Trainer.run(Tiny.request(output, configuration))
    try compare(golden().lora, with: output)
  }

  @Test func `twenty steps of all parameters give PyTorch's losses`() throws {
    let output = folder("output")
    try Trainer.run(Tiny.request(output, configuration(rate: 1e-3)))
    try compare(golden().full, with: output)
  }
}

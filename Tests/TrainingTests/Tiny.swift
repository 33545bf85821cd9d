import Foundation
import TestSupport

@testable import Training

/// The folder that `Fixtures/golden/scripts/training_curve.py` makes, and runs on it.
enum Tiny {
  static let folder = TestSupport.fixtures.appending(path: "golden/training-tiny", directoryHint: .isDirectory)
  static let train = folder.appending(path: "train.jsonl")
  static let valid = folder.appending(path: "valid.jsonl")

  /// 10 short steps of LoRA on the 22 rows.
  static func configuration(_ change: (inout TrainingConfiguration) -> Void = { _ in }) -> TrainingConfiguration {
    var configuration = TrainingConfiguration()
    configuration.maxSteps = 10
    configuration.perDeviceTrainBatchSize = 3
    configuration.learningRate = 5e-3
    configuration.seed = 4
    var lora = TrainingConfiguration.LoRA()
    (lora.r, lora.loraAlpha, lora.loraDropout) = (4, 8, 0.1)
    configuration.lora = lora
    change(&configuration)
    return configuration
  }

  static func request(_ output: URL, _ configuration: TrainingConfiguration = configuration(), valid: URL? = Tiny.valid) -> TrainingRequest {
    TrainingRequest(model: folder, train: train, valid: valid, output: output, configuration: configuration)
  }

  static func metrics(_ output: URL) throws -> [MetricsLine] {
    try Data(contentsOf: output.appending(path: "metrics.jsonl")).split(separator: UInt8(ascii: "\n")).map {
      try JSONDecoder().decode(MetricsLine.self, from: $0)
    }
  }

  /// The fault of a run that must fail.
  static func fault(_ request: TrainingRequest) throws -> TrainingFault {
    do {
      try Trainer.run(request)
    } catch let fault as TrainingFault {
      return fault
    }
    return TrainingFault(.selfCheck, "the run did not fail")
  }
}

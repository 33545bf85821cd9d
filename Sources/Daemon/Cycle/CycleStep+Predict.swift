import Evaluation
import Foundation
import Records
import Storage

extension CycleStep {
  /// Runs the champion on every sample of the window that it has not been asked about, and on the reference's rows, so that both are measured
  /// with the same model.
  func predict(_ champion: Champion, _ counts: inout [String: Int]) async throws {
    let window = Window(start: champion.answersFrom ?? .distantPast, end: .distantFuture)
    counts["predicted"] = try await predict(champion) { reader, batch in
      try await reader.predictions.missing(name, model: champion.model.id, window, limit: batch)
    }
    if let reference = try await context.storage.read({ try await $0.references.latest(name, purpose: Self.inputReference) }) {
      counts["predicted_reference"] = try await predict(champion) { reader, batch in
        try await reader.references.missing(reference.id, model: champion.model.id, limit: batch)
      }
    }
  }

  private func predict(_ champion: Champion, _ missing: (StorageReader, _ limit: Int) async throws -> [Sample]) async throws -> Int {
    let predictor = try await deployment.predictors.predictor(for: champion.model)
    let batch = champion.model.isRemote ? Self.remoteBatch : Self.predictionBatch
    var count = 0
    while true {
      let samples = try await context.storage.read { try await missing($0, batch) }
      if samples.isEmpty { return count }
      let predictions = try await predictor.predict(samples.map { PredictionRequest(key: $0.key, input: $0.input) })
      let new = try await context.storage.transaction { tx in
        try await tx.jobs.hold(lease)
        return try await tx.predictions.insert(predictions, deployment: name)
      }
      precondition(new > 0, "a sample that was missing a prediction has one after it was stored")
      count += new
    }
  }

  private static let predictionBatch = 512
  /// A server that goes away takes the answers of a whole batch with it; what is stored need not be asked again.
  private static let remoteBatch = 64
  /// What input and output drift are compared with.
  static let inputReference = "inputs"
}

extension Champion {
  /// From when on rows are its own to answer; nil for all there are. The first champion, and one that an operator put back, answer for everything; one that has
  /// passed the gate, or that a server began to serve, from its first day.
  var answersFrom: Date? { decision != nil || (model.isRemote && sequence > 1) ? since : nil }
}

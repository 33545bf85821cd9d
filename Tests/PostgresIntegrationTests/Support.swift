import Foundation
import Postgres
import Records
import Storage
import TestSupport

/// Foundation has one too, of units.
typealias Measurement = Records.Measurement

/// A migrated database with deployment `routing` and model `m1`.
func stateDatabase(connectionsMax: Int = 6) async throws -> StateDatabase {
  let database = try StateDatabase(url: try await Cluster.database("state"), connectionsMax: connectionsMax)
  try await database.migrate()
  try await database.transaction { tx async throws in
    try await tx.deployments.register("routing")
    try await tx.models.register(.example("m1"))
  }
  return database
}

/// Midnight of the first of January 2026 and so many hours.
func hour(_ hours: Double) -> Date { Date(timeIntervalSince1970: 1_767_225_600 + hours * 3600) }

extension ModelVersion {
  static func example(_ id: String, at time: Date = hour(0)) -> ModelVersion {
    ModelVersion(
      id: id, deployment: "routing", basePath: "/models/base", baseDigest: "b", adapterPath: "/adapters/\(id)", adapterDigest: "a\(id)",
      status: .challenger, createdAt: time)
  }
}

extension Sample {
  static func example(_ number: Int, input: String? = nil, label: String? = nil) -> Sample {
    Sample(
      key: "k\(number)", deployment: "routing", time: hour(Double(number)), input: input ?? "message \(number)",
      columns: ["channel": "email", "weird \"name\"": "va\\lue\n"], productionAnswer: number.isMultiple(of: 2) ? "billing" : nil,
      stratum: "{channel=\"email\"}", inclusionProbability: 0.1 + 0.2, label: label, labelledAt: label == nil ? nil : hour(Double(number) + 1))
  }
}

extension Prediction {
  static func example(_ number: Int, model: String = "m1") -> Prediction {
    Prediction(
      key: "k\(number)", model: model, answer: "billing", probabilities: [0.7, 0.2, 0.1 + 1e-17 * Double(number)],
      logProbability: -0.35667494393873245,
      inputSurprisal: number.isMultiple(of: 2) ? 2.5 : nil, tokens: 17, embedding: [Float(number), -0.1, .leastNonzeroMagnitude, 3.4e38])
  }
}

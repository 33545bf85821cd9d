import Curation
import Files
import Foundation
import Records
import Storage

/// The keys of the production rows that a model was trained on: they say nothing about how it serves the others.
struct TrainedRows: Sendable {
  let objects: ContentStore

  func keys(of model: ModelVersion, _ dataset: DatasetRecord?) throws -> Set<String> {
    guard let dataset else { return [] }
    let folder = URL(filePath: dataset.path)
    return try Set(
      (DatasetBuilder.rows(.train, in: folder) + DatasetBuilder.rows(.valid, in: folder)).filter { $0.origin == TrainingRow.production }.map(\.key))
  }

  /// The rows themselves, for replay.
  func rows(_ dataset: DatasetRecord?) throws -> [TrainingRow] {
    guard let dataset else { return [] }
    return try DatasetBuilder.rows(.train, in: URL(filePath: dataset.path)).filter { $0.origin == TrainingRow.production }
  }
}

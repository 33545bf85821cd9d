import Curation
import Evaluation
import Files
import Foundation
import Records
import Retraining

/// Makes a dataset version: what to train on, audited, split, weighed and written where its hash says.
struct DatasetBuilder: Sendable {
  var deployment: DeploymentConfiguration
  var objects: ContentStore

  /// A version on disk.
  struct Built: Sendable {
    /// First 16 hex digits of the folder's hash.
    var id: String
    var digest: Digest
    var folder: URL
    var counts: [String: Int]
    var audit: AuditReport
    var lineage: Lineage
  }

  /// - Parameters:
  ///   - production: labelled production rows, any order
  ///   - parent: rows of the dataset that the champion was trained on, which are replayed beside the original ones
  ///   - rebalancing: a slice that is served worse and is weighted up
  func build(
    production: [TrainingRow], parentRows: [TrainingRow], rebalancing: Slice?, lineage: Lineage, suites: [Suite], heldBack: [LabelledItem]
  ) throws -> Built {
    let settings = deployment.retrain
    let selection = Selection(
      replayShare: settings?.replayShare ?? 0, maximumRows: settings?.rowsMax ?? Int.max, seed: lineage.seed)
    var original: [TrainingRow] = []
    if let file = settings?.original {
      original = try LabelledFile.read(file).map {
        TrainingRow(key: $0.key, input: $0.input, label: $0.label, origin: TrainingRow.original, columns: $0.columns)
      }
    }
    let recent = selection.recent(production)
    let recentKeys = Set(recent.map(\.key))
    let replay = selection.replay(original + parentRows.filter { !recentKeys.contains($0.key) }, besides: recent.count)

    let protected =
      suites.map { ProtectedTexts(name: "suite \($0.name)", texts: $0.items.map(\.input)) }
      + (heldBack.isEmpty ? [] : [ProtectedTexts(name: "the held-back original rows", texts: heldBack.map(\.input))])
    let (kept, report) = Audit(labels: deployment.labels, protected: protected).inspect(recent + replay)
    let parts = SplitPlan().split(kept, seed: lineage.seed)
    let train = selection.weigh(parts[.train] ?? [], rebalancing: rebalancing)
    // The validation loss chooses the step that is kept: it must want what the training loss wants.
    let valid = selection.weigh(parts[.valid] ?? [], rebalancing: rebalancing)
    guard !train.isEmpty, !valid.isEmpty, !(parts[.gate] ?? []).isEmpty else {
      throw TooFewRows(rows: kept.count, report: report)
    }
    var lineage = lineage
    lineage.origins = Dictionary(grouping: kept, by: \.origin).mapValues(\.count)
    let weighted: [DatasetPart: [WeightedRow]] = [
      .train: train, .valid: valid, .gate: (parts[.gate] ?? []).map { WeightedRow(row: $0) },
    ]
    return try write(DatasetVersion(rows: weighted, audit: report, lineage: lineage))
  }

  // MARK: - Files

  private func write(_ version: DatasetVersion) throws -> Built {
    let scratch = FileManager.default.temporaryDirectory.appending(path: "vigil-dataset-\(UUID().uuidString)", directoryHint: .isDirectory)
    try FileManager.default.createDirectory(at: scratch, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: scratch) }
    var counts: [String: Int] = [:]
    for part in DatasetPart.allCases {
      let rows = version.rows[part] ?? []
      counts[part.rawValue] = rows.count
      let lines = try rows.map { try JSONForm.text(DatasetLine($0, system: deployment.model.system)) }
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: scratch.appending(path: Self.fileName(part)))
    }
    let manifest = Manifest(schema: "vigil.dataset/1", counts: counts, audit: version.audit, lineage: version.lineage)
    try Data((try JSONForm.text(manifest, pretty: true) + "\n").utf8).write(to: scratch.appending(path: "manifest.json"))
    let digest = try objects.put(folder: scratch)
    return Built(
      id: String(digest.hex.prefix(16)), digest: digest, folder: objects.path(of: digest), counts: counts, audit: version.audit,
      lineage: version.lineage)
  }

  static func fileName(_ part: DatasetPart) -> String { "\(part.rawValue).jsonl" }

  /// Reads a part of a version back.
  static func rows(_ part: DatasetPart, in folder: URL) throws -> [TrainingRow] {
    let reader = try JSONLinesReader(folder.appending(path: fileName(part)))
    var rows: [TrainingRow] = []
    while let line = try reader.next() { rows.append(try JSONForm.decoder().decode(DatasetLine.self, from: Data(line.bytes)).row) }
    return rows
  }

  struct Manifest: Codable {
    var schema: String
    var counts: [String: Int]
    var audit: AuditReport
    var lineage: Lineage
  }
}

/// One line of a dataset file: what the trainer reads (`messages`, `weight`), and where it came from.
struct DatasetLine: Codable {
  struct Message: Codable {
    var role: String
    var content: String
  }

  var messages: [Message]
  var weight: Double
  var key: String
  var origin: String
  var columns: [String: String]
  var time: Date?

  init(_ weighted: WeightedRow, system: String?) {
    messages = system.map { [Message(role: "system", content: $0)] } ?? []
    messages += [Message(role: "user", content: weighted.row.input), Message(role: "assistant", content: weighted.row.label)]
    weight = weighted.weight
    key = weighted.row.key
    origin = weighted.row.origin
    columns = weighted.row.columns
    time = weighted.row.time
  }

  var row: TrainingRow {
    TrainingRow(
      key: key, input: messages.last { $0.role == "user" }?.content ?? "", label: messages.last { $0.role == "assistant" }?.content ?? "",
      origin: origin,
      columns: columns, time: time)
  }
}

/// After the audit there is not enough to train on, to stop early by and to judge with.
struct TooFewRows: Error, CustomStringConvertible {
  var rows: Int
  var report: AuditReport

  var description: String {
    let faults = report.faults.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    return
      "\(rows) of \(report.rows) rows are left after the audit (\(faults.isEmpty ? "no faults" : faults)), too few to train, validate and judge with\n"
      + "hint: wait for more labels, or lower the audit's losses by mending the rows it names"
  }
}

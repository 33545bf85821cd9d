import Curation
import Files
import Foundation
import Records
import Reports
import Storage

/// Gathers what the report of a gate decision shows: the checks, the run behind the challenger, and what it was trained on.
struct GateReporting {
  let stages: RetrainStages
  let run: RunRecord
  let dataset: DatasetRecord

  func report(_ decision: GateDecision, at time: Date) -> GateReport {
    GateReport(
      deployment: stages.name, decision: decision, trigger: trigger, run: trainingRun, dataset: rows, lineage: lineage(decision),
      command: "vigil models show \(decision.challenger)", generatedAt: time)
  }

  private var trigger: String {
    let request = stages.request
    let slice = request.slice.map { ", to mend \($0.text)" } ?? ""
    if let rule = request.reason.split(separator: ":", maxSplits: 1).last, request.reason.hasPrefix("rule:") {
      return "rule \(rule)" + (request.alert.map { ", alert \($0)" } ?? "") + slice
    }
    return "by hand: \(request.reason.split(separator: ":", maxSplits: 1).last.map(String.init) ?? request.reason)\(slice)"
  }

  private func lineage(_ decision: GateDecision) -> [GateReport.Ancestor] {
    let manifest = dataset.body["lineage"]
    return [
      GateReport.Ancestor(role: "base", id: String(run.base.prefix(16)), note: stages.base.lastPathComponent),
      GateReport.Ancestor(
        role: "champion", id: decision.champion, note: manifest?["parent"]?.stringValue.map { "trained on dataset \($0)" } ?? "as configured"),
      GateReport.Ancestor(role: "dataset", id: dataset.id, note: "\(dataset.rows) rows"),
      GateReport.Ancestor(role: "challenger", id: decision.challenger, note: run.id),
    ]
  }

  private var rows: GateReport.Dataset {
    let audit = dataset.body["audit"]
    let lineage = dataset.body["lineage"]
    let findings = (audit?["faults"]?.objectValue ?? [:]).sorted { $0.key < $1.key }.map { name, count in
      let example = audit?["examples"]?.arrayValue?.first { $0["fault"]?.stringValue == name }
      return GateReport.Finding(name: name, count: Int(count.numberValue ?? 0), note: example?["note"]?.stringValue ?? "")
    }
    return GateReport.Dataset(
      id: dataset.id, rows: dataset.rows, origins: Self.counts(lineage?["origins"]), labels: Self.counts(audit?["labels"]), audit: findings)
  }

  private static func counts(_ value: JSONValue?) -> [String: Int] { value?.objectValue?.compactMapValues { $0.numberValue.map { Int($0) } } ?? [:] }

  // MARK: - The run's own records

  private var trainingRun: GateReport.Run? {
    let folder = stages.runFolder.appending(path: "adapter")
    guard let record = Self.json(folder.appending(path: "run.json")), let outcome = record["outcome"] else { return nil }
    var loss: [GateReport.LossPoint] = []
    var validation: [GateReport.LossPoint] = []
    for line in Self.lines(folder.appending(path: "metrics.jsonl")) {
      guard let step = line["step"]?.numberValue.map({ Int($0) }) else { continue }
      if let value = line["loss"]?.numberValue { loss.append(.init(step: step, loss: value)) }
      if let value = line["validation_loss"]?.numberValue { validation.append(.init(step: step, loss: value)) }
    }
    let counts = dataset.body["counts"]
    let configuration = record["configuration"]
    let settings = ["learning_rate", "num_train_epochs", "per_device_train_batch_size", "seed"].reduce(into: [String: String]()) { settings, name in
      settings[name] = configuration?[name].flatMap(Self.text)
    }
    let steps = Int(outcome["steps"]?.numberValue ?? 0)
    let planned = Int(outcome["planned_steps"]?.numberValue ?? 0)
    let epochs = configuration?["num_train_epochs"]?.numberValue ?? 0
    return GateReport.Run(
      id: run.id, trainingRows: Int(counts?["train"]?.numberValue ?? 0), validationRows: Int(counts?["valid"]?.numberValue ?? 0),
      epochs: planned > 0 ? epochs * Double(steps) / Double(planned) : epochs, steps: steps, tokens: Int(outcome["tokens"]?.numberValue ?? 0),
      // Wall time is not part of the report: the same decision gives the same bytes on any machine, interrupted or not.
      seconds: 0, loss: loss, validation: validation, bestStep: outcome["best_step"]?.numberValue.map { Int($0) },
      stoppedEarly: steps < planned, settings: settings)
  }

  private static func text(_ value: JSONValue) -> String? {
    value.stringValue ?? value.numberValue.map { $0 == $0.rounded() && abs($0) < 1e15 ? String(Int($0)) : String($0) }
  }

  private static func json(_ file: URL) -> JSONValue? {
    // A report without its loss curve is better than no report: what cannot be read is left out, and the page says that there is no run.
    (try? Data(contentsOf: file)).flatMap { try? JSONForm.decoder().decode(JSONValue.self, from: $0) }
  }

  private static func lines(_ file: URL) -> [JSONValue] {
    ((try? Data(contentsOf: file)) ?? Data()).split(separator: UInt8(ascii: "\n")).compactMap {
      try? JSONForm.decoder().decode(JSONValue.self, from: Data($0))
    }
  }
}

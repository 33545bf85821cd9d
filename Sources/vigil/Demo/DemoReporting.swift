import Daemon
import Foundation
import HelpDesk
import Records
import Reports
import Storage

/// The period report of the demo, with what was planted beside what was found, and the reports it points to copied beside it.
struct DemoReporting {
  let stage: DemoStage
  let outcome: DemoOutcome
  let days: Int

  /// Returns where the page is.
  func write(to file: URL) async throws -> URL {
    let storage = try StateDatabase(url: stage.stateURL, purpose: "demo-report")
    defer { Task { await storage.close() } }
    let period = Window(start: World.start, end: World.start(ofDay: days + 1))
    var report = try await storage.read { reader in
      try await LoopReporting(deployment: DemoStage.deployment, period: period, firstDay: World.start).report(reader, at: period.end)
    }
    report.planted = planted()
    report.events += PlantedChange.all.enumerated().map { place, change in
      TimelineEvent(kind: .planted, time: World.start(ofDay: change.day), label: change.description, key: Self.key(place))
    }
    report.falseAlarms = outcome.falseAlarms
    report.notes = ["Played with seed \(outcome.seed): vigil demo --seed \(outcome.seed)"]
    let folder = file.deletingPathExtension().appendingPathExtension("files")
    try? FileManager.default.removeItem(at: folder)
    report.alerts = try report.alerts.map { line in
      var line = line
      line.address = try copy(line.address, into: folder)
      return line
    }
    report.gates = try report.gates.map { line in
      var line = line
      line.address = try copy(line.address, into: folder)
      return line
    }
    try Data(report.html.utf8).write(to: file, options: .atomic)
    return file.standardizedFileURL
  }

  /// The single reports live in the demo's folder, which goes away: they are copied beside the page.
  private func copy(_ address: String?, into folder: URL) throws -> String? {
    guard let address, let url = URL(string: address) else { return nil }
    let name = url.deletingLastPathComponent().lastPathComponent.prefix(16) + ".html"
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let target = folder.appending(path: String(name))
    if !FileManager.default.fileExists(atPath: target.path) { try FileManager.default.copyItem(at: url, to: target) }
    return "\(folder.lastPathComponent)/\(name)"
  }

  private func planted() -> [LoopReport.Planted] {
    outcome.changes.enumerated().map { place, change in
      let noticed = change.noticed.map { World.start.addingTimeInterval(($0 - 1) * 86_400) }
      let result: LoopReport.Planted.Outcome =
        switch (change.expected, change.met) {
        case ("no alert", true): .quiet
        case ("no alert", false): .falseAlarm
        case ("the challenger refused", true): .refused
        case (_, true): .found
        case (_, false): .missed
        }
      return LoopReport.Planted(
        key: Self.key(place), what: change.description, began: World.start.addingTimeInterval((change.began - 1) * 86_400), noticed: noticed,
        measure: change.by.joined(separator: ", "), done: change.done, outcome: result)
    }
  }

  private static func key(_ place: Int) -> String { String(UnicodeScalar(UInt8(ascii: "A") + UInt8(place % 26))) }
}

import Daemon
import Dashboard
import Foundation
import HelpDesk
import Logging
import Records
import Storage

/// Plays the forty days: lets the traffic run up to a moment, sets the clock to it, and waits until the daemon has come to rest; half a day at a time.
///
/// Nothing here looks at rules, models or measures: what Vigil does, it does by itself, as it would in production. The one thing a person does is done
/// through the same door as any operator's: on day 31 somebody asks for a retraining.
struct DemoConductor {
  let stage: DemoStage
  let daemon: DaemonProcess
  let traffic: TrafficProcess
  let screen: DemoScreen
  /// Moments at which the daemon is killed with signal 9, counted in settled half days; for the proof that it changes nothing.
  let kills: Int

  static let step: TimeInterval = 43_200
  /// The wrong labels came on day 30; nobody has noticed yet, and a retraining is asked for.
  static let retrainedByHand = World.start(ofDay: 31)

  func play(days: Int = World.days) async throws {
    let end = World.start(ofDay: days + 1)
    var time = World.start
    let steps = Int(end.timeIntervalSince(time) / Self.step)
    var killer = DaemonKiller(kills: kills, steps: steps)
    let trainerKiller = kills > 0 ? Task { [daemon] in await TrainerKiller(daemon: daemon).run() } : nil
    defer { trainerKiller?.cancel() }
    for step in 1...steps {
      time = World.start.addingTimeInterval(Double(step) * Self.step)
      screen.day(DemoOutcome.day(time), of: days)
      let counts = try await traffic.advance(to: time)
      screen.traffic(counts)
      try stage.setClock(time)
      let killing = killer.start(step, daemon)
      try await daemon.settle(at: time) { screen.status($0) }
      if time == Self.retrainedByHand {
        screen.note("day 31: somebody asks for a retraining by hand, while the wrong labels are in the table")
        try await askForRetraining(at: time)
        try await daemon.settle(at: time) { screen.status($0) }
      }
      await killing?.value
      screen.settled()
    }
    screen.done()
    if let trainerKiller {
      trainerKiller.cancel()
      screen.note("killed with signal 9: the daemon \(await daemon.restarts) times, training processes \(await trainerKiller.value) times")
    }
  }

  /// As `vigil retrain` does; asked again with the same key until the daemon has answered, so that it is asked once.
  private func askForRetraining(at time: Date) async throws {
    for _ in 0..<600 {
      do {
        _ = try await daemon.client.retrain(
          RetrainingRequest(deployment: DemoStage.deployment, reason: "demo operator"), key: "demo-\(stage.seed)-\(Timestamp.text(time))")
        return
      } catch {
        try await Task.sleep(for: .milliseconds(50))
      }
    }
    throw CommandFailure(.failed, "the daemon did not take the request for a retraining")
  }

  // MARK: - The result

  /// Compares what was planted with what Vigil's records say.
  func outcome() async throws -> DemoOutcome {
    let storage = try StateDatabase(url: stage.stateURL, purpose: "demo")
    defer { Task { await storage.close() } }
    let observed = try await storage.read { try await Self.observed($0) }
    return DemoOutcome(seed: stage.seed, planted: PlantedChange.all, observed: observed)
  }

  private static func observed(_ reader: StorageReader) async throws -> ObservedRun {
    let name = DemoStage.deployment
    let alerts = Dictionary(try await reader.alerts.list(name).map { ($0.fingerprint, $0) }) { first, _ in first }
    let firings = try await reader.alerts.transitions(deployment: name).filter { $0.to == .firing }.compactMap { transition in
      alerts[transition.fingerprint].map { ObservedRun.Firing(at: transition.at, rule: $0.rule, measure: $0.measure, slice: $0.slice) }
    }
    var decisions: [ObservedRun.Decision] = []
    for decision in try await reader.gateDecisions.list(name).reversed() {
      let version = try await reader.models.find(name, decision.challenger)
      let run = try await version?.run.asyncFlatMap { try await reader.runs.find($0) }
      let target = decision.checks.first { $0.role == "target" }
      decisions.append(
        ObservedRun.Decision(
          at: decision.decidedAt, promoted: decision.promoted, reason: run?.configuration["reason"]?.stringValue ?? "", summary: decision.summary,
          targetBefore: target?.champion, targetAfter: target?.challenger))
    }
    return ObservedRun(firings: firings, decisions: decisions)
  }
}

extension Optional {
  func asyncFlatMap<T>(_ body: (Wrapped) async throws -> T?) async rethrows -> T? {
    switch self {
    case .some(let value): try await body(value)
    case .none: nil
    }
  }
}

import Foundation
import HelpDesk
import Synchronization

/// What the person in front of the demo sees: on a terminal one line that moves and a line for each thing that happens, elsewhere plain lines. On stderr,
/// so that stdout has the result alone.
final class DemoScreen: Sendable {
  private struct State {
    var day = 1.0
    var of = 40
    var traffic = ""
    var work = ""
    var drawn = ContinuousClock.now
    var firing: Set<String> = []
    var champion: String?
    var decisions = 0
    var plainDay = 0
  }

  private let state = Mutex(State())
  private let terminal: Bool
  private let began = ContinuousClock.now

  init() { terminal = isatty(STDERR_FILENO) == 1 }

  func note(_ text: String) {
    if terminal { FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8)) }
    printError("[\(clock)] \(text)")
  }

  func day(_ day: Double, of days: Int) {
    state.withLock { state in
      state.day = day
      state.of = days
    }
    draw(force: false)
  }

  func traffic(_ counts: Traffic.Counts) {
    state.withLock { state in
      state.traffic = "\(counts.rows) messages, \(counts.labels) labels" + (counts.committedLate > 0 ? ", \(counts.committedLate) late" : "")
    }
    draw(force: false)
  }

  /// What the daemon says while it works.
  func status(_ status: DaemonGlance) {
    let events = state.withLock { state -> [String] in
      var events: [String] = []
      let firing = Set(status.firing)
      for name in firing.subtracting(state.firing).sorted() { events.append("day \(DemoOutcome.text(state.day - 0.5)): ALERT \(name)") }
      for name in state.firing.subtracting(firing).sorted() { events.append("day \(DemoOutcome.text(state.day - 0.5)): resolved \(name)") }
      state.firing = firing
      let champion = status.champion
      if let old = state.champion, let champion, old != champion {
        events.append("day \(DemoOutcome.text(state.day - 0.5)): PROMOTED model \(champion)")
      }
      state.champion = champion ?? state.champion
      state.work = status.work
      return events
    }
    for event in events { note(event) }
    draw(force: false)
  }

  func settled() {
    let plain = state.withLock { state -> String? in
      state.work = ""
      guard !terminal, Int(state.day) > state.plainDay, Int(state.day) % 5 == 1 else { return nil }
      state.plainDay = Int(state.day)
      return "day \(Int(state.day) - 1) of \(state.of) is over (\(state.traffic) in its last half)"
    }
    if let plain { note(plain) }
    draw(force: true)
  }

  func done() {
    if terminal { FileHandle.standardError.write(Data("\r\u{1B}[2K".utf8)) }
  }

  private func draw(force: Bool) {
    guard terminal else { return }
    let line = state.withLock { state -> String? in
      guard force || ContinuousClock.now - state.drawn > .milliseconds(80) else { return nil }
      state.drawn = .now
      let width = 28
      let filled = Int(Double(width) * min(1, (state.day - 1) / Double(state.of)))
      let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
      return "[\(clock)] [\(bar)] day \(String(format: "%4.1f", state.day - 0.5)) of \(state.of)  \(state.work.isEmpty ? state.traffic : state.work)"
    }
    if let line { FileHandle.standardError.write(Data("\r\u{1B}[2K\(line.prefix(118))".utf8)) }
  }

  private var clock: String {
    let seconds = Int((ContinuousClock.now - began).components.seconds)
    return String(format: "%d:%02d", seconds / 60, seconds % 60)
  }
}

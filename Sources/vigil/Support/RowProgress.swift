import Foundation

/// How far a command over rows is, for people, on stderr: on a terminal a line that is drawn over, elsewhere a plain line now and then. A short run says nothing,
/// and so does one whose rows appear on the same terminal. No colours, so NO_COLOR asks for nothing here; `TERM=dumb` gets plain lines.
struct RowProgress {
  private enum Place {
    /// A line drawn over; whether one stands there now.
    case terminal(isDrawn: Bool)
    case log
    case nowhere
  }

  /// What a run of rows has come to.
  struct State {
    var rows: Int
    /// Bytes read of the input, and its length where that is known.
    var bytes: Int
    var size: Int?
  }

  private var place: Place
  private let start = ContinuousClock.now
  private var next: ContinuousClock.Instant

  /// Until it has taken so long, nothing is said; afterwards a line after each.
  private static let (terminalFirst, terminalStep) = (Duration.seconds(1), Duration.milliseconds(200))
  private static let logStep = Duration.seconds(10)

  init() {
    let isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    place = !isTerminal ? .log : isatty(STDOUT_FILENO) == 1 ? .nowhere : .terminal(isDrawn: false)
    next = start + (isTerminal ? Self.terminalFirst : Self.logStep)
  }

  /// Says how far it is, if it is time to.
  mutating func show(_ state: State) {
    let now = ContinuousClock.now
    guard now >= next else { return }
    switch place {
    case .terminal:
      next = now + Self.terminalStep
      FileHandle.standardError.write(Data("\r\u{1B}[K\(line(state, now, withBar: true))".utf8))
      place = .terminal(isDrawn: true)
    case .log:
      next = now + Self.logStep
      printError(line(state, now, withBar: false))
    case .nowhere: break
    }
  }

  /// Takes the drawn line away; before anything else is said, and at the end.
  mutating func clear() {
    guard case .terminal(isDrawn: true) = place else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
    place = .terminal(isDrawn: false)
  }

  private func line(_ state: State, _ now: ContinuousClock.Instant, withBar: Bool) -> String {
    let seconds = max((now - start) / .seconds(1), 1e-9)
    let rate = Double(state.rows) / seconds
    var text = "\(state.rows) rows  \(String(format: rate < 10 ? "%.2f" : "%.0f", rate)) rows/s"
    guard let size = state.size, size > 0, state.bytes > 0 else { return text + "  \(ClockText.of(seconds: seconds))" }
    let part = min(1, Double(state.bytes) / Double(size))
    text += "  \(Int(100 * part))%  \(ClockText.of(seconds: seconds * (1 - part) / part)) left"
    guard withBar else { return text }
    let (width, done) = (24, Int(24 * part))
    return "[\(String(repeating: "#", count: done))\(String(repeating: ".", count: width - done))] \(text)"
  }
}

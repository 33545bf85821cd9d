package import Foundation
import Records

/// Where the daemon takes its time from: an input, so that every decision can be replayed.
package protocol DaemonClock: Sendable {
  /// The time that decisions are made at.
  func now() throws -> Date
}

/// The machine's clock.
package struct SystemClock: DaemonClock {
  package init() {}

  package func now() -> Date { Date() }
}

/// A file that holds one ISO 8601 time, replaced by whoever plays the world (`vigil demo`); for rehearsals and replays.
package struct FileClock: DaemonClock {
  package var file: URL

  package init(file: URL) { self.file = file }

  package func now() throws -> Date {
    let text = String(decoding: try Data(contentsOf: file), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    guard let time = Timestamp.parse(text) else { throw ClockFault(file: file.path, text: String(text.prefix(60))) }
    return time
  }
}

/// The clock file does not hold a time.
package struct ClockFault: Error, CustomStringConvertible, Sendable {
  package var file: String
  package var text: String

  package var description: String {
    "\(file): \"\(text)\" is not a time\nhint: the clock file holds one ISO 8601 time such as 2026-01-15T08:00:00Z"
  }
}

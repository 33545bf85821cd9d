package import Foundation
import Synchronization

/// What each part of the daemon last said about itself: when it was last seen alive, and what it cannot do.
package final class HealthBoard: Sendable {
  private struct State {
    var beats: [String: ContinuousClock.Instant] = [:]
    var complaints: [String: Complaint] = [:]
  }

  /// What a part cannot do, and since when.
  package struct Complaint: Sendable, Hashable {
    /// The latest words for it.
    package var reason: String
    /// Wall time.
    package var since: Date
  }

  private let state = Mutex(State())

  package init() {}

  /// The part is alive.
  package func beat(_ part: String) { state.withLock { $0.beats[part] = .now } }

  package func well(_ part: String) { state.withLock { _ = $0.complaints.removeValue(forKey: part) } }

  /// The part is alive and cannot do its work; the reason is for the operator.
  package func ill(_ part: String, _ reason: String) {
    state.withLock { state in state.complaints[part] = Complaint(reason: reason, since: state.complaints[part]?.since ?? Date()) }
  }

  /// Reasons why the daemon is degraded, by part; empty when all is well.
  package var complaints: [String: Complaint] { state.withLock { $0.complaints } }

  /// Whether every part that ever beat has done so within `limit`.
  package func isAlive(within limit: Duration) -> Bool {
    state.withLock { state in state.beats.values.allSatisfy { ContinuousClock.now - $0 < limit } }
  }
}

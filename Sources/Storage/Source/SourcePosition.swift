package import Foundation

/// Up to where a source table has been read. Stored by the caller in the transaction that stores what was read.
package struct SourcePosition: Sendable, Hashable, Codable {
  /// `pg_current_snapshot()` of the read, as text: what was visible then. nil when the source has no transaction ids to compare (a view).
  package var snapshot: String?
  /// The transactions at or above the snapshot's `xmin` whose rows had been seen, as `int8multirange`; see `SourceReader` for why the snapshot is not enough.
  package var seen: String?
  /// Rows inserted before this moment had been seen, or never will be visible: the next read need not look at them.
  package var lowerBound: Date
  /// System identifier, timeline and database; when it changes, transaction ids mean nothing any more.
  package var systemIdentifier: String

  package init(snapshot: String?, seen: String? = nil, lowerBound: Date, systemIdentifier: String) {
    self.snapshot = snapshot
    self.seen = seen
    self.lowerBound = lowerBound
    self.systemIdentifier = systemIdentifier
  }
}

/// `pg_snapshot` in text, `xmin:xmax:xip,xip,...`, as far as we look into it.
struct SnapshotText {
  /// The oldest transaction in progress: all below are over.
  let xmin: UInt64
  /// The first transaction id that had not been given out, 64 bits wide.
  let xmax: UInt64

  init?(_ text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let xmin = UInt64(parts[0]), let xmax = UInt64(parts[1]) else { return nil }
    self.xmin = xmin
    self.xmax = xmax
  }
}

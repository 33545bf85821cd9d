public import Foundation

public enum AlertState: String, Sendable, Hashable, Codable, CaseIterable {
  case inactive, pending, firing, resolved
}

public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  case info, warning, critical

  private var rank: Int { Severity.allCases.firstIndex(of: self)! }
  public static func < (a: Severity, b: Severity) -> Bool { a.rank < b.rank }
}

/// One rule on one slice, with its memory; durable.
public struct Alert: Sendable, Hashable, Codable {
  /// Hash of deployment, rule and identity labels: `sha256`, first 16 hex digits.
  public var fingerprint: String
  public var deployment: String
  public var rule: String
  public var measure: String
  public var slice: Slice
  public var severity: Severity
  public var labels: [String: String]
  public var annotations: [String: String]
  public var state: AlertState
  /// When the condition first held in the current episode.
  public var activeAt: Date?
  public var firedAt: Date?
  public var resolvedAt: Date?
  /// When a firing alert's condition last began to be absent (for `keep_firing_for`).
  public var keepFiringSince: Date?
  public var lastEvaluatedAt: Date
  /// Why the last evaluation could not judge; the state is then unchanged.
  public var lastError: String?
  /// The measurement that last spoke for or against it.
  public var measurement: Measurement?
  /// Number of transitions so far; each transition has the next one.
  public var sequence: Int

  public init(
    fingerprint: String, deployment: String, rule: String, measure: String, slice: Slice, severity: Severity, labels: [String: String],
    annotations: [String: String], state: AlertState, activeAt: Date? = nil, firedAt: Date? = nil, resolvedAt: Date? = nil,
    keepFiringSince: Date? = nil, lastEvaluatedAt: Date, lastError: String? = nil, measurement: Measurement? = nil, sequence: Int = 0
  ) {
    self.fingerprint = fingerprint
    self.deployment = deployment
    self.rule = rule
    self.measure = measure
    self.slice = slice
    self.severity = severity
    self.labels = labels
    self.annotations = annotations
    self.state = state
    self.activeAt = activeAt
    self.firedAt = firedAt
    self.resolvedAt = resolvedAt
    self.keepFiringSince = keepFiringSince
    self.lastEvaluatedAt = lastEvaluatedAt
    self.lastError = lastError
    self.measurement = measurement
    self.sequence = sequence
  }
}

/// A step of an alert from one state to another; appended, never changed.
public struct AlertTransition: Sendable, Hashable, Codable {
  public var fingerprint: String
  public var sequence: Int
  public var from: AlertState
  public var to: AlertState
  public var at: Date
  /// In words: `condition held for 12h`, `condition absent`.
  public var reason: String
  public var measurement: Measurement?

  public init(
    fingerprint: String, sequence: Int, from: AlertState, to: AlertState, at: Date, reason: String, measurement: Measurement? = nil
  ) {
    self.fingerprint = fingerprint
    self.sequence = sequence
    self.from = from
    self.to = to
    self.at = at
    self.reason = reason
    self.measurement = measurement
  }
}

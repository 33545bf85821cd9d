public import Foundation

/// One production input that was drawn, with the probability with which it could be.
public struct Sample: Sendable, Hashable, Codable {
  /// The row's primary key in the source, as text.
  public var key: String
  public var deployment: String
  /// When it happened, from the source's time column.
  public var time: Date
  /// The model's input, as stored (after redaction and capping).
  public var input: String
  /// Metadata columns; a column that is NULL is absent.
  public var columns: [String: String]
  /// What production answered, where the source has it.
  public var productionAnswer: String?
  /// The stratum it was drawn from, as slice text.
  public var stratum: String
  /// In 0 < p <= 1.
  public var inclusionProbability: Double
  /// The true answer, once it has arrived.
  public var label: String?
  /// When the label was first seen, in the daemon's clock.
  public var labelledAt: Date?

  public init(
    key: String, deployment: String, time: Date, input: String, columns: [String: String], productionAnswer: String? = nil, stratum: String = "{}",
    inclusionProbability: Double, label: String? = nil, labelledAt: Date? = nil
  ) {
    self.key = key
    self.deployment = deployment
    self.time = time
    self.input = input
    self.columns = columns
    self.productionAnswer = productionAnswer
    self.stratum = stratum
    self.inclusionProbability = inclusionProbability
    self.label = label
    self.labelledAt = labelledAt
  }
}

/// Why a row that was seen is not a sample. Seen = sampled + skipped, per reason, always.
public enum SkipReason: String, Sendable, Hashable, Codable, CaseIterable {
  /// The sampling plan did not draw it.
  case notDrawn = "not_drawn"
  /// Seen before: overlap of increments, or a row that was updated.
  case alreadySeen = "already_seen"
  /// Nothing to run the model on.
  case emptyInput = "empty_input"
  /// No event time.
  case noTime = "no_time"
}

public import Foundation

/// A model version in the registry: what made it, and where it stands.
public struct ModelVersion: Sendable, Hashable, Codable {
  /// First 16 hex digits of the identity hash over base, adapter, tokenizer and task.
  public var id: String
  public var deployment: String
  /// Folder of the base model; of a remote one, its server and its name there: `http://host:8000/v1#router`.
  public var basePath: String
  public var baseDigest: String
  /// Folder of the adapter; nil for the bare base.
  public var adapterPath: String?
  public var adapterDigest: String?
  /// The dataset version it was trained on; nil for one that was imported.
  public var dataset: String?
  public var run: String?
  public var status: ModelStatus
  public var createdAt: Date
  public var promotedAt: Date?

  public init(
    id: String, deployment: String, basePath: String, baseDigest: String, adapterPath: String?, adapterDigest: String?, dataset: String? = nil,
    run: String? = nil, status: ModelStatus, createdAt: Date, promotedAt: Date? = nil
  ) {
    self.id = id
    self.deployment = deployment
    self.basePath = basePath
    self.baseDigest = baseDigest
    self.adapterPath = adapterPath
    self.adapterDigest = adapterDigest
    self.dataset = dataset
    self.run = run
    self.status = status
    self.createdAt = createdAt
    self.promotedAt = promotedAt
  }

  /// Whether somebody else serves it; folders are absolute paths.
  public var isRemote: Bool { basePath.hasPrefix("http://") || basePath.hasPrefix("https://") }
}

public enum ModelStatus: String, Sendable, Hashable, Codable, CaseIterable {
  case challenger, champion, refused, retired
}

/// A row to train on, with where it came from.
public struct TrainingRow: Sendable, Hashable, Codable {
  public var key: String
  public var input: String
  public var label: String
  /// `original`, `production`.
  public var origin: String
  public var columns: [String: String]
  public var time: Date?

  public init(key: String, input: String, label: String, origin: String, columns: [String: String] = [:], time: Date? = nil) {
    self.key = key
    self.input = input
    self.label = label
    self.origin = origin
    self.columns = columns
    self.time = time
  }
}

/// One comparison inside a gate decision.
public struct GateCheck: Sendable, Hashable, Codable {
  /// `suite.core.accuracy`, `recent.accuracy`, `forgetting.accuracy`, `bias.accuracy_difference`.
  public var name: String
  public var slice: Slice
  public var champion: Double?
  public var challenger: Double?
  /// challenger - champion, better is positive.
  public var difference: Double?
  /// Interval around `difference` at the level the signature names.
  public var lower: Double?
  public var upper: Double?
  public var n: Int
  /// The loss that is still accepted, at least 0.
  public var margin: Double
  /// `guard` must not be worse than the margin; `target` must be better than 0.
  public var role: String
  public var passed: Bool
  /// In words, with the numbers.
  public var reason: String
  public var signature: String

  public init(
    name: String, slice: Slice = .all, champion: Double?, challenger: Double?, difference: Double?, lower: Double?, upper: Double?, n: Int,
    margin: Double, role: String, passed: Bool, reason: String, signature: String
  ) {
    self.name = name
    self.slice = slice
    self.champion = champion
    self.challenger = challenger
    self.difference = difference
    self.lower = lower
    self.upper = upper
    self.n = n
    self.margin = margin
    self.role = role
    self.passed = passed
    self.reason = reason
    self.signature = signature
  }
}

/// The recorded decision whether a challenger may be promoted.
public struct GateDecision: Sendable, Hashable, Codable {
  public var id: String
  public var deployment: String
  public var champion: String
  public var challenger: String
  public var promoted: Bool
  public var checks: [GateCheck]
  /// One sentence for people.
  public var summary: String
  public var decidedAt: Date

  public init(
    id: String, deployment: String, champion: String, challenger: String, promoted: Bool, checks: [GateCheck], summary: String, decidedAt: Date
  ) {
    self.id = id
    self.deployment = deployment
    self.champion = champion
    self.challenger = challenger
    self.promoted = promoted
    self.checks = checks
    self.summary = summary
    self.decidedAt = decidedAt
  }
}

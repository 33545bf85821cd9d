package import Documents
package import Evaluation
package import Foundation
package import RemoteModel
package import Retraining

/// The source: the table that production inputs come from, and which of its columns mean what.
package struct SourceConfiguration: Sendable, Hashable {
  /// libpq connection string of a role that can only read.
  package var database: String
  /// `tickets` or `schema.tickets`.
  package var table: String
  /// Primary key.
  package var key: String
  /// Event time.
  package var time: String
  /// When the row was inserted, by the database's own clock (`default now()`): bounds how far back an increment looks.
  package var inserted: String
  package var input: String
  /// The true answer, NULL until it arrives.
  package var label: String?
  /// What production answered.
  package var answer: String?
  /// Metadata: drift is watched on each, slices are made of them.
  package var columns: [String]
  /// How late a row may commit when the role cannot see other sessions' transactions.
  package var lag: Period
  /// How long after the event a label may still come or be corrected.
  package var labelHorizon: Period
  /// Whether inputs are kept (and run) as they are; otherwise mail addresses, card, account and telephone numbers are taken out before anything is stored.
  package var storesRawText: Bool
}

/// What is run: a model folder with the first adapter, or a model served elsewhere; and how an input becomes a prompt.
package struct ModelConfiguration: Sendable, Hashable {
  package enum Place: Sendable, Hashable {
    /// A folder on this machine. `adapter` is the first champion's; nil for the bare base.
    case local(base: URL, adapter: URL?)
    /// Asked over HTTP. It is watched; nothing is trained, since there are no weights to train.
    case remote(RemoteSection)
  }

  package var place: Place
  /// The system message, if any.
  package var system: String?
  /// Longest input in tokens; the rest is cut off at the end. A remote model's tokens cannot be counted: its inputs are cut at `inputScalarsMax`.
  package var inputTokensMax: Int

  /// Scalars that an input of `inputTokensMax` tokens can have: a token is at most a few dozen long.
  var inputScalarsMax: Int { inputTokensMax * 32 }

  package var base: URL? { if case .local(let base, _) = place { base } else { nil } }
  package var adapter: URL? { if case .local(_, let adapter) = place { adapter } else { nil } }
  package var remote: RemoteSection? { if case .remote(let section) = place { section } else { nil } }
}

/// How windows are cut and what they are compared with.
package struct WindowConfiguration: Sendable, Hashable {
  /// How often a cycle runs.
  package var every: Period
  /// How much event time a window holds.
  package var length: Period
  package var referenceFrom: Date?
  package var referenceUntil: Date?
  /// Rows a reference needs before it is sealed, when it has no fixed end.
  package var referenceRows: Int
}

package struct SuiteSchedule: Sendable, Hashable {
  package var file: URL
  package var every: Period
}

/// Bounds and data of incremental re-fine-tuning.
package struct RetrainConfiguration: Sendable, Hashable {
  package var policy: RetrainPolicy
  /// The rows the first adapter was trained on: replayed.
  package var original: URL?
  /// Original rows that were never trained on: what forgetting is measured with.
  package var heldBack: URL?
  /// Names of transformers and PEFT, as `vigil train --config` reads them.
  package var training: URL?
  package var replayShare: Double
  /// How much event time of labelled production rows is taken at most.
  package var recent: Period
  package var rowsMax: Int
}

/// One watched model in production.
package struct DeploymentConfiguration: Sendable, Hashable {
  package var name: String
  package var source: SourceConfiguration
  package var model: ModelConfiguration
  package var labels: [String]
  package var sampling: SamplingPlan
  package var window: WindowConfiguration
  /// Columns that bias is measured over.
  package var protected: [String]
  package var suites: [SuiteSchedule]
  /// nil: nothing is ever trained.
  package var retrain: RetrainConfiguration?
}

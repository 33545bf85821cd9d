import Documents
package import Foundation
package import Rules

/// Everything `vigil.yaml` says, checked.
package struct Configuration: Sendable, Hashable {
  /// libpq connection string of Vigil's own database.
  package var database: String
  /// Adapters, datasets, checkpoints, reports: content-addressed files.
  package var directory: URL
  /// The operator's Unix socket.
  package var socket: URL
  /// Rule files, in order, each with the deployments that it is for.
  package var rules: [RuleFile]
  package var receivers: [ReceiverConfiguration]
  package var deployments: [DeploymentConfiguration]
  /// Where each setting comes from, for `vigil config --show-origin`: key path to `file:line`.
  package var origins: [String: String]
}

package struct ReceiverConfiguration: Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case folder(URL)
    case webhook(URL, secretFile: URL?)
  }

  package var name: String
  package var kind: Kind
}

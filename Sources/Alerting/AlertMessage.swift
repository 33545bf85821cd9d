import Files
package import Foundation
package import Records

/// What a receiver is told: one step of one alert, or a word of Vigil's own. It is made once, in the transaction that made the step, and is the same at every
/// try. (Foundation has a `Notification` already, hence the name.)
package struct AlertMessage: Sendable, Hashable, Codable {
  /// An alert's step, or Vigil's own business: a receiver that is dead, a source that is down.
  package enum Kind: String, Sendable, Hashable, Codable { case alert, operational }

  /// A file of the report that goes with the message.
  package struct Attachment: Sendable, Hashable, Codable {
    /// `report.html`.
    package var name: String
    package var contentType: String
    /// Where it lies; it is read when the message is delivered.
    package var path: String
    /// SHA-256 of its bytes, 64 hexadecimal digits: what is read must be what was written.
    package var sha256: String

    package init(name: String, contentType: String, path: String, sha256: String) {
      self.name = name
      self.contentType = contentType
      self.path = path
      self.sha256 = sha256
    }
  }

  /// Stable over all tries and restarts: `webhook-id`, and the name of the folder. Made by `identity(fingerprint:sequence:receiver:)`.
  package var id: String
  package var kind: Kind
  package var deployment: String
  package var createdAt: Date
  /// At most six lines of plain text; the first says it all.
  package var lines: [String]
  package var alert: Alert?
  package var transition: AlertTransition?
  package var attachments: [Attachment]
  /// Where the report can be read: a path or an address.
  package var reportAddress: String?

  package init(
    id: String, kind: Kind = .alert, deployment: String, createdAt: Date, lines: [String], alert: Alert? = nil, transition: AlertTransition? = nil,
    attachments: [Attachment] = [], reportAddress: String? = nil
  ) {
    self.id = id
    self.kind = kind
    self.deployment = deployment
    self.createdAt = createdAt
    self.lines = lines
    self.alert = alert
    self.transition = transition
    self.attachments = attachments
    self.reportAddress = reportAddress
  }

  /// Identity of the message about step `sequence` of an alert to a receiver: the same step always has the same one.
  package static func identity(fingerprint: String, sequence: Int, receiver: String) -> String {
    "msg_" + Digest.of("\(fingerprint)\u{0}\(sequence)\u{0}\(receiver)").hex.prefix(24)
  }

  /// The word about a message that could not be delivered, for the other receivers; `at` is the moment it was given up.
  package static func undeliverable(_ message: AlertMessage, receiver: String, reason: String, to other: String, at: Date) -> AlertMessage {
    AlertMessage(
      id: "msg_" + Digest.of("undeliverable\u{0}\(message.id)\u{0}\(other)").hex.prefix(24), kind: .operational, deployment: message.deployment,
      createdAt: at,
      lines: [
        "Vigil could not deliver a message to receiver \(receiver): \(reason)", "The message: \(message.headline)",
        "hint: mend the receiver, then `vigil deliveries` shows what waits",
      ])
  }

  /// First line, cut to what fits in a subject.
  package var headline: String { String((lines.first ?? "").prefix(400)) }
}

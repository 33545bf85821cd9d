import Dispatch
import Files
package import Foundation
import Records

/// Puts each message into a folder of its own: `2026-01-16/000000-accuracy-fell-firing-1f0c9a7e/` with the report's files and `message.json`, which holds what a webhook would
/// have been sent.
///
/// `message.json` is written last and durably, so a folder that has it is whole, and a message that is delivered again finds it and does nothing. A report file that
/// cannot be read or is not what was written does not hold the alert back: `message.json` is written and `problems.txt` says what is missing.
package struct FolderReceiver: Receiver {
  package let name: String
  let folder: URL
  /// Writing and syncing blocks; it happens here and not on the threads that all tasks share.
  private static let queue = DispatchQueue(label: "vigil.folder-receiver")

  package init(name: String, folder: URL) {
    self.name = name
    self.folder = folder
  }

  package func deliver(_ message: AlertMessage, now: Date) async -> DeliveryOutcome {
    await withCheckedContinuation { done in Self.queue.async { done.resume(returning: write(message)) } }
  }

  /// The folder of a message below `folder`; the same for the same message, whatever the names in it say.
  package func folder(for message: AlertMessage) -> URL {
    let time = Timestamp.text(message.createdAt)  // 2026-01-16T00:00:00.000Z
    let clock = time.dropFirst(11).prefix(8).filter { $0 != ":" }
    let what = message.alert.map { "\(Self.slug($0.rule))-\($0.state.rawValue)" } ?? message.kind.rawValue
    return folder.appending(path: String(time.prefix(10))).appending(path: "\(clock)-\(what)-\(Self.slug(message.id).suffix(8))")
  }

  private func write(_ message: AlertMessage) -> DeliveryOutcome {
    let target = folder(for: message)
    let last = target.appending(path: "message.json")
    if FileManager.default.fileExists(atPath: last.path) { return .delivered("\(target.path) (was there)") }
    do {
      try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
      var problems: [String] = []
      for attachment in message.attachments {
        do {
          try copy(attachment, into: target)
        } catch {
          problems.append("\(attachment.name): \(error)")
        }
      }
      if !problems.isEmpty { try DurableFile.write(problems.joined(separator: "\n") + "\n", to: target.appending(path: "problems.txt")) }
      let payload = AlertmanagerPayload(message, receiver: name)
      try DurableFile.write(try JSONForm.text(payload.json, pretty: true) + "\n", to: last)
      return .delivered(target.path)
    } catch {
      return .transient(reason: "could not write to \(target.path): \(error)", retryAfter: nil)
    }
  }

  private func copy(_ attachment: AlertMessage.Attachment, into target: URL) throws {
    let data = try Data(contentsOf: URL(filePath: attachment.path))
    let digest = Digest.of(data)
    guard digest.hex == attachment.sha256 else {
      throw FileFault(
        file: attachment.path, problem: "has SHA-256 \(digest.short)…, where \(attachment.sha256.prefix(12))… was written",
        hint: "the file was changed or damaged")
    }
    try DurableFile.write(data, to: target.appending(path: Self.slug(attachment.name)))
  }

  /// A name that is safe as a file's: letters, digits, dots and dashes, at most 60, never a dot in front.
  static func slug(_ text: String) -> String {
    let kept = text.unicodeScalars.map { scalar -> Character in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": Character(scalar)
      default: "-"
      }
    }
    let name = String(kept.prefix(60))
    let trimmed = name.drop { $0 == "." }
    return trimmed.isEmpty ? "unnamed" : String(trimmed)
  }
}

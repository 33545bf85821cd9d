import Crypto
package import Files
package import Foundation

/// The keys that sign messages, as Standard Webhooks 1.0 has it: `whsec_` and base64 of 24 to 64 bytes, one a line; more than one while keys are being changed.
package struct WebhookSecret: Sendable {
  private let keys: [SymmetricKey]

  /// Reads the file. It must be for its owner alone.
  package init(file: URL) throws(FileFault) {
    try self.init(text: try SecretFile.read(file, what: "the webhook's secret"), file: file.path)
  }

  /// - file: only for the message; the text itself never enters one.
  init(text: String, file: String) throws(FileFault) {
    var keys: [SymmetricKey] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.isEmpty { continue }
      guard line.hasPrefix("whsec_"), let bytes = Data(base64Encoded: String(line.dropFirst(6))), (24...64).contains(bytes.count) else {
        throw FileFault(
          file: "\(file):\(number + 1)", problem: "not a webhook secret: `whsec_` and base64 of 24 to 64 bytes is expected",
          hint: "make one with: echo whsec_$(head -c 32 /dev/urandom | base64)")
      }
      keys.append(SymmetricKey(data: bytes))
    }
    guard !keys.isEmpty else { throw FileFault(file: file, problem: "holds no webhook secret", hint: "write one `whsec_…` a line") }
    self.keys = keys
  }

  /// The value of `webhook-signature`: `v1,<base64 of HMAC-SHA256 over id.timestamp.body>`, one a key, separated by spaces.
  package func signature(id: String, timestamp: Int, body: [UInt8]) -> String {
    let signed = Array("\(id).\(timestamp).".utf8) + body
    return keys.map { "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: $0)).base64EncodedString() }.joined(separator: " ")
  }
}

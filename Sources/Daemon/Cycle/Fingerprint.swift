import Files

/// Identity of an alert: the first 16 hex digits of SHA-256, 64 bits, so two alerts of one daemon never meet by chance.
enum Fingerprint {
  static func of(_ identity: String) -> String { String(Digest.of(identity).hex.prefix(16)) }
}

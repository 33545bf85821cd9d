/// `ByteFallback`: runs of `<0xE2>` and the like become text if they are UTF-8 as a whole, and a U+FFFD for every byte if not. So a run waits until it ends.
struct ByteFallbackDecoding: DecodingStep {
  private var token = ""
  private var bytes: [UInt8] = []

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    token += part.text
    guard part.endsToken else { return [] }
    defer { token = "" }
    if let byte = Self.byte(token) {
      bytes.append(byte)
      return []
    }
    return finish() + [DecodingPart(text: token)]
  }

  mutating func finish() -> [DecodingPart] {
    if bytes.isEmpty { return [] }
    defer { bytes = [] }
    if let text = String(validating: bytes, as: UTF8.self) { return [DecodingPart(text: text)] }
    return bytes.map { _ in DecodingPart(text: "\u{FFFD}") }
  }

  /// The byte of `<0x41>`; the reference's number reader also takes `<0x+A>`.
  private static func byte(_ token: String) -> UInt8? {
    let utf8 = Array(token.utf8)
    guard utf8.count == 6, token.utf8.starts(with: "<0x".utf8), utf8[5] == UInt8(ascii: ">") else { return nil }
    let digits = utf8[3] == UInt8(ascii: "+") ? utf8[4...4] : utf8[3...4]
    return UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}

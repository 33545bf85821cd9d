internal import Foundation

/// `Precompiled`: SentencePiece's map from characters to characters, as a trie over UTF-8 and the texts it points into.
///
/// Source: the crate spm_precompiled and huggingface/tokenizers, normalizers/precompiled.rs; the trie is darts-clone's double array. A grapheme of fewer than six bytes is
/// looked up whole, and the shortest entry that begins it stands for all of it; longer ones go character by character. Strange, but it is what models were trained with.
struct PrecompiledCharacters: Sendable {
  private let units: [UInt32]
  /// Texts, each ended by a zero byte.
  private let texts: [UInt8]

  /// In bytes.
  var longestText: Int { texts.split(separator: 0).map(\.count).max() ?? 0 }

  private static let longestGrapheme = 6

  /// Nil unless the text is base64 of a length, that many bytes of trie, and UTF-8.
  init?(base64: String) {
    guard let data = Data(base64Encoded: base64), data.count >= 4 else { return nil }
    let bytes = [UInt8](data)
    let size = Self.word(bytes, 0)
    guard size >= 4, size % 4 == 0, Int(size) + 4 <= bytes.count else { return nil }
    units = stride(from: 4, to: Int(size) + 4, by: 4).map { Self.word(bytes, $0) }
    texts = Array(bytes[(Int(size) + 4)...])
    guard String(validating: texts, as: UTF8.self) != nil else { return nil }
  }

  private static func word(_ bytes: [UInt8], _ place: Int) -> UInt32 {
    UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16 | UInt32(bytes[place + 3]) << 24
  }

  func apply(to text: inout NormalizedText) {
    var changes: [NormalizedText.Change] = []
    changes.reserveCapacity(text.scalars.count)
    var isChanged = false
    var view = String.UnicodeScalarView()
    view.append(contentsOf: text.scalars)
    for grapheme in String(view) {
      let scalars = Array(grapheme.unicodeScalars)
      if grapheme.utf8.count < Self.longestGrapheme, let new = lookUp(grapheme.utf8) {
        Self.append(new, for: scalars.count, to: &changes)
        isChanged = true
        continue
      }
      for scalar in scalars {
        if let new = lookUp(UTF8.encode(scalar)?.map { $0 } ?? []) {
          Self.append(new, for: 1, to: &changes)
          isChanged = true
        } else {
          changes.append((scalar, 0))
        }
      }
    }
    if isChanged { text.transform(changes) }
  }

  private static func append(_ new: String.UnicodeScalarView, for oldCount: Int, to changes: inout [NormalizedText.Change]) {
    let difference = new.count - oldCount
    for (place, scalar) in new.enumerated() { changes.append((scalar, place >= oldCount && difference > 0 ? 1 : 0)) }
    // Where characters are gone, the last one before them says so.
    if difference < 0, !changes.isEmpty { changes[changes.count - 1].change += difference }
  }

  /// The text of the shortest entry that the key begins with.
  private func lookUp(_ key: some Sequence<UInt8>) -> String.UnicodeScalarView? {
    guard var unit = units.first else { return nil }
    var node = Self.offset(unit)
    for byte in key {
      if byte == 0 { return nil }
      node ^= Int(byte)
      guard units.indices.contains(node) else { return nil }
      unit = units[node]
      guard unit & 0x8000_00FF == UInt32(byte) else { return nil }
      node ^= Self.offset(unit)
      guard unit >> 8 & 1 == 1 else { continue }
      guard units.indices.contains(node) else { return nil }
      return text(at: Int(units[node] & 0x7FFF_FFFF))
    }
    return nil
  }

  private static func offset(_ unit: UInt32) -> Int { Int(unit >> 10) << Int((unit & 1 << 9) >> 6) }

  private func text(at start: Int) -> String.UnicodeScalarView? {
    guard start < texts.count else { return nil }
    return String(decoding: texts[start...].prefix { $0 != 0 }, as: UTF8.self).unicodeScalars
  }
}

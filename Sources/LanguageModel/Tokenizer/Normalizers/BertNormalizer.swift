/// `BertNormalizer`: controls out, white space to spaces, Chinese characters apart, accents out, lower case; each as the file says.
///
/// Source: huggingface/tokenizers, normalizers/bert.rs.
struct BertNormalizer: Sendable {
  var cleansText: Bool
  var partsChinese: Bool
  /// Nil: as `lowercases`.
  var stripsAccents: Bool?
  var lowercases: Bool

  func apply(to text: inout NormalizedText) {
    if cleansText {
      text.filter { $0.value != 0 && $0.value != 0xFFFD && !ScalarFlags.of($0).contains(.unclean) }
      text.map { $0.isWhiteSpace ? " " : $0 }
    }
    if partsChinese { partChinese(&text) }
    if stripsAccents ?? lowercases {
      UnicodeForm.nfd.apply(to: &text)
      text.filter { !ScalarFlags.of($0).contains(.nonspacingMark) }
    }
    if lowercases { Normalizer.lowercase(&text) }
  }

  private func partChinese(_ text: inout NormalizedText) {
    guard text.scalars.contains(where: Self.isChinese) else { return }
    var changes: [NormalizedText.Change] = []
    for scalar in text.scalars {
      if Self.isChinese(scalar) { changes += [(" ", 0), (scalar, 1), (" ", 1)] } else { changes.append((scalar, 0)) }
    }
    text.transform(changes)
  }

  /// The reference's blocks; the gap before U+2B920 is its own.
  private static func isChinese(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F, 0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF,
      0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}

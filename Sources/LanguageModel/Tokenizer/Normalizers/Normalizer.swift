/// What is done to a text before it is cut: `normalizer` of tokenizer.json.
///
/// Source: huggingface/tokenizers, normalizers/.
indirect enum Normalizer: Sendable {
  case form(UnicodeForm)
  case lowercase
  case strip(left: Bool, right: Bool)
  case stripAccents
  case replace(TextPattern, [Unicode.Scalar])
  case prepend([Unicode.Scalar])
  case nmt
  case bert(BertNormalizer)
  case precompiled(PrecompiledCharacters)
  /// Every byte as a character of the byte alphabet.
  case byteLevel
  case sequence([Normalizer])

  func apply(to text: inout NormalizedText) {
    switch self {
    case .form(let form): form.apply(to: &text)
    case .lowercase: Self.lowercase(&text)
    case .strip(let left, let right): Self.strip(&text, left: left, right: right)
    case .stripAccents: text.filter { !ScalarFlags.of($0).contains(.combiningMark) }
    case .replace(let pattern, let content): text.replace(pattern, with: content)
    case .prepend(let content): text.prepend(content)
    case .nmt: Self.nmt(&text)
    case .bert(let bert): bert.apply(to: &text)
    case .precompiled(let characters): characters.apply(to: &text)
    case .byteLevel: ByteAlphabet.spell(&text)
    case .sequence(let normalizers): for normalizer in normalizers { normalizer.apply(to: &text) }
    }
  }

  static func lowercase(_ text: inout NormalizedText) {
    guard text.scalars.contains(where: { Lowercase.of($0) != nil }) else { return }
    var changes: [NormalizedText.Change] = []
    changes.reserveCapacity(text.scalars.count)
    for scalar in text.scalars {
      guard let lower = Lowercase.of(scalar) else {
        changes.append((scalar, 0))
        continue
      }
      for (place, part) in lower.enumerated() { changes.append((part, place == 0 ? 0 : 1)) }
    }
    text.transform(changes)
  }

  private static func strip(_ text: inout NormalizedText, left: Bool, right: Bool) {
    let scalars = text.scalars
    let leading = left ? scalars.prefix(while: \.isWhiteSpace).count : 0
    let trailing = right ? scalars.reversed().prefix(while: \.isWhiteSpace).count : 0
    guard leading > 0 || trailing > 0 else { return }
    let kept = leading < scalars.count - trailing ? scalars[leading..<(scalars.count - trailing)] : []
    text.transform(kept.map { ($0, 0) }, dropping: leading)
  }

  /// Control characters go; what stands for a space becomes one. The list is that of nmt_nfkc's rules.
  private static func nmt(_ text: inout NormalizedText) {
    text.filter {
      switch $0.value {
      case 0x1...0x8, 0xB, 0xE...0x1F, 0x7F, 0x8F, 0x9F: false
      default: true
      }
    }
    text.map {
      switch $0.value {
      case 0x9, 0xA, 0xC, 0xD, 0x1680, 0x200B...0x200F, 0x2028, 0x2029, 0x2581, 0xFEFF, 0xFFFD: " "
      default: $0
      }
    }
  }
}

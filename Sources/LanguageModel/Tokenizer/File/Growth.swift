// How many times as long a text can become, at most, leaving aside what is only put before it once.

extension Normalizer {
  var growth: Double {
    switch self {
    case .form(.nfc), .strip, .stripAccents, .nmt: 1
    case .form(.nfd): 4
    case .form(.nfkc), .form(.nfkd): 18
    case .lowercase: 2
    case .replace(let pattern, let content): pattern.growth(content.count)
    case .prepend(let content): Double(max(1, content.count))
    case .bert: 3 * 4 * 2
    case .precompiled(let characters): Double(max(1, characters.longestText))
    case .byteLevel: 4
    case .sequence(let normalizers): normalizers.reduce(1) { $0 * $1.growth }
    }
  }
}

extension Decoder {
  var growth: Double {
    switch self {
    case .byteLevel, .byteFallback, .fuse, .strip, .metaspace: 1
    case .wordPiece, .ctc, .bytePairs, .joined: 2
    case .replace(let pattern, let content): pattern.growth(content.unicodeScalars.count)
    case .sequence(let decoders): decoders.reduce(1) { $0 * $1.growth }
    }
  }
}

extension TextPattern {
  /// How much longer a text gets where every match becomes `count` characters.
  fileprivate func growth(_ count: Int) -> Double {
    if case .regex(let regex) = self, regex.canBeEmpty { return Double(count + 1) }
    return Double(max(1, count))
  }
}

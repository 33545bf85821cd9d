// Decoders that look at whole tokens.

/// `WordPiece`: a space before every token but the first and those that go on with a word.
struct WordPieceDecoding: TokenDecoding {
  let prefix: String
  let cleansUp: Bool
  private var isFirst = true

  init(prefix: String, cleansUp: Bool) {
    self.prefix = prefix
    self.cleansUp = cleansUp
  }

  mutating func decode(_ token: String) -> [String] {
    defer { isFirst = false }
    var text = token
    if !isFirst {
      text = token.utf8.starts(with: prefix.utf8) ? String(decoding: token.utf8.dropFirst(prefix.utf8.count), as: UTF8.self) : " " + token
    }
    return [cleansUp ? Self.cleanUp(text) : text]
  }

  /// Takes out the spaces before punctuation and English short forms, in the reference's order.
  static func cleanUp(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: " ")) else { return text }
    return artefacts.reduce(text) { $0.replacingBytes($1.0, with: $1.1) }
  }

  private static let artefacts = [
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"),
    (" 've", "'ve"), (" 're", "'re"),
  ]
}

/// `CTC`: the same token again is once; padding goes; the delimiter is a space.
struct CTCDecoding: TokenDecoding {
  let pad: String
  let delimiter: String
  let cleansUp: Bool
  private var last: String?

  init(pad: String, delimiter: String, cleansUp: Bool) {
    self.pad = pad
    self.delimiter = delimiter
    self.cleansUp = cleansUp
  }

  mutating func decode(_ token: String) -> [String] {
    if let last, last.utf8.elementsEqual(token.utf8) { return [] }
    last = token
    var text = token.replacingBytes(pad, with: "")
    if cleansUp { text = WordPieceDecoding.cleanUp(text).replacingBytes(delimiter, with: " ") }
    return text.isEmpty ? [] : [text]
  }
}

/// `BPEDecoder`: the suffix that ends a word is a space, but at the end nothing. So a token waits for the next.
struct BytePairDecoding: TokenDecoding {
  let suffix: String
  private var waiting: String?

  init(suffix: String) {
    self.suffix = suffix
  }

  mutating func decode(_ token: String) -> [String] {
    defer { waiting = token }
    return waiting.map { [$0.replacingBytes(suffix, with: " ")] } ?? []
  }

  mutating func finish() -> [String] {
    defer { waiting = nil }
    return waiting.map { [$0.replacingBytes(suffix, with: "")] } ?? []
  }
}

/// `Strip`: up to some characters at both ends of every token.
struct StripDecoding: TokenDecoding {
  let content: Unicode.Scalar
  let left: Int
  let right: Int

  mutating func decode(_ token: String) -> [String] {
    let scalars = Array(token.unicodeScalars)
    let leading = scalars.prefix(left).prefix { $0 == content }.count
    let trailing = scalars.suffix(right).reversed().prefix { $0 == content }.count
    guard leading < scalars.count - trailing else { return [""] }
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars[leading..<(scalars.count - trailing)])
    return [String(text)]
  }
}

/// `Replace` of a pattern.
struct ReplaceDecoding: TokenDecoding {
  let pattern: TextPattern
  let content: String

  mutating func decode(_ token: String) -> [String] {
    let scalars = Array(token.unicodeScalars)
    var text = String.UnicodeScalarView()
    pattern.forEachPart(of: scalars, in: scalars.indices) { range, isMatch in
      if isMatch { text.append(contentsOf: content.unicodeScalars) } else { text.append(contentsOf: scalars[range]) }
    }
    return [String(text)]
  }
}

extension String {
  /// Puts `content` for every `pattern`, from left to right; an empty pattern stands before every character and at the end.
  fileprivate func replacingBytes(_ pattern: String, with content: String) -> String {
    let wanted = Array(pattern.utf8)
    if wanted.isEmpty {
      var result = String.UnicodeScalarView(content.unicodeScalars)
      for scalar in unicodeScalars {
        result.append(scalar)
        result.append(contentsOf: content.unicodeScalars)
      }
      return String(result)
    }
    let bytes = Array(utf8)
    var result: [UInt8] = []
    var place = 0
    while place < bytes.count {
      if bytes[place] == wanted[0], place + wanted.count <= bytes.count, bytes[place..<(place + wanted.count)].elementsEqual(wanted) {
        result += content.utf8
        place += wanted.count
      } else {
        result.append(bytes[place])
        place += 1
      }
    }
    return String(decoding: result, as: UTF8.self)
  }
}

// Decoders that look at one character at a time, so that parts of tokens pass through at once.

/// `Metaspace`: the visible character back to a space; in the first token it goes, unless it was never put there.
struct MetaspaceDecoding: DecodingStep {
  let replacement: Unicode.Scalar
  let dropsFirst: Bool
  private var isFirst = true

  init(replacement: Unicode.Scalar, dropsFirst: Bool) {
    self.replacement = replacement
    self.dropsFirst = dropsFirst
  }

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    defer { if part.endsToken { isFirst = false } }
    var part = part
    part.text = part.text.replacing(replacement, with: isFirst && dropsFirst ? "" : " ")
    return [part]
  }
}

/// `Replace` of one character.
struct ScalarReplaceDecoding: DecodingStep {
  let wanted: Unicode.Scalar
  let content: String

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    var part = part
    part.text = part.text.replacing(wanted, with: content)
    return [part]
  }
}

/// `Strip` of the left side alone: up to a number of characters at the beginning of every token.
struct LeftStripDecoding: DecodingStep {
  let content: Unicode.Scalar
  let most: Int
  private var left = 0

  init(content: Unicode.Scalar, most: Int) {
    self.content = content
    self.most = most
  }

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    if part.beginsToken { left = most }
    var part = part
    var scalars = part.text.unicodeScalars[...]
    while left > 0, let first = scalars.first {
      guard first == content else {
        left = 0
        break
      }
      scalars.removeFirst()
      left -= 1
    }
    part.text = String(String.UnicodeScalarView(scalars))
    return [part]
  }
}

/// A space between tokens.
struct JoinDecoding: DecodingStep {
  private var hasBegun = false

  mutating func take(_ part: DecodingPart) -> [DecodingPart] {
    defer { hasBegun = true }
    guard part.beginsToken, hasBegun else { return [part] }
    var part = part
    part.text = " " + part.text
    return [part]
  }
}

extension String {
  /// Puts `content` for every `scalar`.
  fileprivate func replacing(_ scalar: Unicode.Scalar, with content: String) -> String {
    guard unicodeScalars.contains(scalar) else { return self }
    var result = String.UnicodeScalarView()
    for other in unicodeScalars {
      if other == scalar { result.append(contentsOf: content.unicodeScalars) } else { result.append(other) }
    }
    return String(result)
  }
}

extension Unicode.Scalar {
  /// White space as Python's `str.isspace`, `str.strip` and `\s` have it: Unicode's White_Space and the four information separators U+001C...U+001F.
  public var isPythonSpace: Bool {
    if value < 0x80 { return value == 0x20 || (0x09...0x0D).contains(value) || (0x1C...0x1F).contains(value) }
    return properties.isWhitespace
  }
}

extension String {
  /// The text in two, before and from the white space at its end: `text.rstrip()` of Python, and what that takes away. Either may be empty.
  public func splitBeforeTrailingSpace() -> (text: String, space: String) {
    let scalars = unicodeScalars
    let end = scalars.lastIndex { !$0.isPythonSpace }.map { scalars.index(after: $0) } ?? scalars.startIndex
    return (String(scalars[..<end]), String(scalars[end...]))
  }
}

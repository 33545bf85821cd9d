/// Takes the spaces of tokens out of their offsets.
///
/// Source: huggingface/tokenizers, pre_tokenizers/byte_level.rs (`process_offsets`).
enum OffsetTrimmer {
  static func trim(_ encoding: inout Encoding, addsPrefixSpace: Bool) {
    for i in encoding.tokens.indices {
      let scalars = encoding.tokens[i].unicodeScalars
      var leading = scalars.prefix(while: isSpace).count
      let trailing = scalars.reversed().prefix(while: isSpace).count
      var (start, end) = (encoding.offsets[i].lowerBound, encoding.offsets[i].upperBound)
      if leading > 0 {
        // One space may be the one that was put before the text: it is in no offset, so it is not taken out of one either.
        if addsPrefixSpace && (i == 0 || start == 0) && leading == 1 { leading = 0 }
        start = min(start + leading, end)
      }
      if trailing > 0 && end >= trailing { end = max(end - trailing, start) }
      encoding.offsets[i] = start..<end
    }
  }

  /// White space, or the byte alphabet's Ġ.
  private static func isSpace(_ scalar: Unicode.Scalar) -> Bool { scalar == "\u{120}" || scalar.isWhiteSpace }
}

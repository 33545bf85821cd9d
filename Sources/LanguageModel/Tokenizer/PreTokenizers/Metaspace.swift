/// `Metaspace`: spaces become a visible character, and words begin with it.
///
/// Source: huggingface/tokenizers, pre_tokenizers/metaspace.rs.
struct Metaspace: Sendable {
  /// Where the character is put before a piece that does not begin with it.
  enum Scheme: String, Sendable {
    /// Only where the piece is the beginning of the text.
    case first
    case never
    case always
  }

  var replacement: Unicode.Scalar
  var scheme: Scheme
  var splits: Bool

  func cut(_ piece: TextSlice, _ add: (TextSlice) -> Void) {
    var text = NormalizedText(piece)
    let isStart = piece.originalStart == 0
    text.replace(.scalar(" "), with: [replacement])
    if text.scalars.first != replacement, scheme == .always || (scheme == .first && isStart) { text.prepend([replacement]) }
    guard splits else { return add(TextSlice(text)) }
    SplitBehavior.mergedWithNext.split(text.scalars, in: text.scalars.indices, by: .scalar(replacement), invert: false) { add(TextSlice(text, $0)) }
  }
}

/// A stretch of text on its way through the normalizers, and where in the original text every character comes from.
///
/// Source: huggingface/tokenizers, tokenizer/normalizer.rs (`NormalizedString`), in Unicode scalars where the reference counts bytes. What comes out of it is the
/// reference's to the last corner, because offsets are.
struct NormalizedText: Sendable {
  /// A character and what became of those it stands for: 0 replaces one, a positive number is new, -n replaces one and drops n after it.
  typealias Change = (scalar: Unicode.Scalar, change: Int)

  private(set) var scalars: [Unicode.Scalar]
  /// Place in the original text of every scalar; nil where that is `start` plus its own place.
  private var origins: [Origin]?
  /// Where the stretch begins in the original text.
  private let start: Int

  private struct Origin: Sendable {
    var start: Int32
    var end: Int32
  }

  init(_ scalars: [Unicode.Scalar], start: Int) {
    self.scalars = scalars
    self.start = start
  }

  /// A part, as a text of its own.
  init(_ slice: TextSlice) {
    let text = slice.text
    scalars = slice.isWhole ? text.scalars : Array(text.scalars[slice.range])
    start = slice.originalStart
    if let origins = text.origins { self.origins = slice.isWhole ? origins : Array(origins[slice.range]) }
  }

  /// Where a scalar comes from, in scalars of the original text, end not included.
  func origin(_ place: Int) -> Range<Int> {
    guard let origins else { return (start + place)..<(start + place + 1) }
    return Int(origins[place].start)..<Int(origins[place].end)
  }

  /// Where a run of scalars comes from.
  func origin(_ range: Range<Int>) -> Range<Int> {
    let lower = origin(range.lowerBound).lowerBound
    return lower..<max(lower, origin(range.upperBound - 1).upperBound)
  }

  // MARK: - Changing

  /// Rewrites the text; `dropping` characters at its beginning are gone.
  mutating func transform(_ changes: [Change], dropping: Int = 0) {
    if scalars.isEmpty { return }
    if origins == nil, dropping == 0, changes.count == scalars.count, changes.allSatisfy({ $0.change == 0 }) {
      scalars = changes.map(\.scalar)
      return
    }
    let old = allOrigins()
    // The reference begins at the first character that comes from somewhere.
    let lower = old.firstIndex { $0.start != $0.end } ?? old.count
    let nowhere = Origin(start: Int32(start), end: Int32(start))
    var place = min(lower + dropping, old.count)
    var newScalars = Array(scalars[..<lower])
    var newOrigins = Array(old[..<lower])
    newScalars.reserveCapacity(changes.count)
    newOrigins.reserveCapacity(changes.count)
    for (scalar, change) in changes {
      newScalars.append(scalar)
      if change > 0 {
        newOrigins.append(place < 1 ? nowhere : old[place - 1])
      } else {
        newOrigins.append(place < old.count ? old[place] : old.last ?? nowhere)
        place = min(place + 1 - change, old.count)
      }
    }
    scalars = newScalars
    origins = newOrigins
  }

  /// Puts `text` before the first character; the new characters come from where that one does.
  mutating func prepend(_ text: [Unicode.Scalar]) {
    if scalars.isEmpty { return }
    var origins = allOrigins()
    if text.isEmpty {
      origins[0] = Origin(start: Int32(start), end: Int32(start))
    } else {
      origins.insert(contentsOf: repeatElement(origins[0], count: text.count), at: 0)
    }
    self.origins = origins
    scalars.insert(contentsOf: text, at: 0)
  }

  /// Puts `content` where the pattern matches; it comes from where the last character of the match does.
  mutating func replace(_ pattern: TextPattern, with content: [Unicode.Scalar]) {
    var newScalars: [Unicode.Scalar] = []
    var newOrigins: [Origin] = []
    var found = false
    let old = allOrigins()
    let nowhere = Origin(start: Int32(start), end: Int32(start))
    pattern.forEachPart(of: scalars, in: scalars.indices) { range, isMatch in
      if isMatch {
        found = true
        newScalars += content
        newOrigins += repeatElement(range.upperBound < 1 ? nowhere : old[range.upperBound - 1], count: content.count)
      } else {
        newScalars += scalars[range]
        newOrigins += old[range]
      }
    }
    guard found else { return }
    scalars = newScalars
    origins = newOrigins
  }

  /// Drops the characters that are not kept.
  mutating func filter(_ keep: (Unicode.Scalar) -> Bool) {
    guard scalars.contains(where: { !keep($0) }) else { return }
    var changes: [Change] = []
    var droppedAtStart = 0
    var dropped = 0
    for scalar in scalars {
      if keep(scalar) {
        if changes.isEmpty { droppedAtStart = dropped } else { changes[changes.count - 1].change = -dropped }
        changes.append((scalar, 0))
        dropped = 0
      } else {
        dropped += 1
      }
    }
    if !changes.isEmpty { changes[changes.count - 1].change = -dropped }
    transform(changes, dropping: droppedAtStart)
  }

  /// Puts one character for each.
  mutating func map(_ change: (Unicode.Scalar) -> Unicode.Scalar) { transform(scalars.map { (change($0), 0) }) }

  private func allOrigins() -> [Origin] {
    origins ?? scalars.indices.map { Origin(start: Int32(start + $0), end: Int32(start + $0 + 1)) }
  }
}

/// A part of a text; the text is shared, not copied.
struct TextSlice: Sendable {
  var text: NormalizedText
  var range: Range<Int>

  init(_ text: NormalizedText) {
    self.text = text
    range = text.scalars.indices
  }

  init(_ text: NormalizedText, _ range: Range<Int>) {
    self.text = text
    self.range = range
  }

  var isWhole: Bool { range.count == text.scalars.count }

  var first: Unicode.Scalar? { range.isEmpty ? nil : text.scalars[range.lowerBound] }

  /// Where it begins in the original text.
  var originalStart: Int { range.isEmpty ? 0 : text.origin(range.lowerBound).lowerBound }
}

/// A text as tokens.
public struct Encoding: Sendable, Hashable {
  public var ids: [Int32]
  /// The tokens as the vocabulary writes them (`Ġhello`).
  public var tokens: [String]
  /// Where each token is in the text it comes from, in Unicode scalars, end not included. A token that is part of a character has the whole character's range;
  /// tokens that a template added have 0..<0.
  public var offsets: [Range<Int>]
  /// 0 for the first text, 1 for the second of a pair, or what the template says.
  public var typeIDs: [Int32]

  public init(ids: [Int32] = [], tokens: [String] = [], offsets: [Range<Int>] = [], typeIDs: [Int32] = []) {
    self.ids = ids
    self.tokens = tokens
    self.offsets = offsets
    self.typeIDs = typeIDs
  }

  public var count: Int { ids.count }

  mutating func append(_ other: Encoding) {
    ids += other.ids
    tokens += other.tokens
    offsets += other.offsets
    typeIDs += other.typeIDs
  }
}

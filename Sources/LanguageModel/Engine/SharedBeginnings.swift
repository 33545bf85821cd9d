import Kernels

/// Texts cut into passes in which every token is computed once: what texts share at their beginnings is computed for the first of them.
///
/// The texts are taken in the order of their tokens, so that those that begin alike follow one another, and what the next pass needs of those before it is the
/// beginning of one text: its keys, values and hidden states are kept.
struct SharedBeginnings {
  /// Where a position of a text was computed.
  enum Place: Hashable {
    /// Kept from an earlier pass, at this position.
    case kept(Int)
    /// A row of this pass.
    case row(Int)
  }

  /// One text in a pass.
  struct Text {
    /// Its number among the texts given.
    let number: Int
    /// Of each of its positions.
    let places: [Place]
    /// The rows of its tokens that were not there before it.
    let own: Range<Int>

    /// The same for attention.
    var segment: AttentionSegment {
      var segment = AttentionSegment(rows: own)
      for place in places.prefix(places.count - own.count) {
        switch place {
        case .kept: segment.kept += 1
        case .row(let row):
          if let last = segment.before.last, last.upperBound == row {
            segment.before[segment.before.count - 1] = last.lowerBound..<row + 1
          } else {
            segment.before.append(row..<row + 1)
          }
        }
      }
      return segment
    }
  }

  struct Pass {
    var texts: [Text]
    /// Rows of the pass, the further ones not counted.
    var rows = 0
    /// Places of the positions that the next pass takes over; they are the last text's.
    var keep: ArraySlice<Place> = []
  }

  private(set) var passes: [Pass] = []
  /// Positions kept at most.
  var kept: Int { passes.map(\.keep.count).max() ?? 0 }

  /// - rows: of one pass at most; a longer text goes alone
  /// - extra: further rows that each text has in its pass
  /// - mayShare: whether equal beginnings of two texts, told by their lengths, have equal keys
  init(_ texts: [[Int32]], rows: Int, extra: Int = 0, mayShare: (Int, Int) -> Bool) {
    let order = texts.indices.sorted { texts[$0].lexicographicallyPrecedes(texts[$1]) || (texts[$0] == texts[$1] && $0 < $1) }
    var before: Int?
    // Of the text before.
    var places: [Place] = []
    for number in order {
      let text = texts[number]
      let shared = before.map { mayShare(texts[$0].count, text.count) ? Self.common(texts[$0], text) : 0 } ?? 0
      let new = text.count - shared
      if let last = passes.last, new + extra > 0, last.rows + new + extra * (last.texts.count + 1) > rows {
        passes[passes.count - 1].keep = places.prefix(shared)
        passes.append(Pass(texts: []))
        places = (0..<shared).map { .kept($0) }
      } else if passes.isEmpty {
        passes.append(Pass(texts: []))
      }
      let first = passes[passes.count - 1].rows
      let own = first..<first + new
      places = places.prefix(shared) + own.map { .row($0) }
      passes[passes.count - 1].texts.append(Text(number: number, places: places, own: own))
      passes[passes.count - 1].rows = own.upperBound
      before = number
    }
  }

  /// How many tokens two texts begin with alike.
  private static func common(_ a: [Int32], _ b: [Int32]) -> Int {
    let most = min(a.count, b.count)
    var count = 0
    while count < most, a[count] == b[count] { count += 1 }
    return count
  }
}

/// Keys, values and last hidden states of the beginning of one text, from pass to pass.
struct KeptBeginning {
  let keys: [Matrix]
  let values: [Matrix]
  let hidden: Matrix

  init(_ configuration: ModelConfiguration, positions: Int) {
    let widths = configuration.blocks.map(\.attention.keyValueWidth)
    keys = widths.map { Matrix(rows: positions, columns: $0) }
    values = widths.map { Matrix(rows: positions, columns: $0) }
    hidden = Matrix(rows: positions, columns: configuration.hiddenSize)
  }

  func keep(_ places: ArraySlice<SharedBeginnings.Place>, layer: Int, keys k: Matrix, values v: Matrix) {
    for (position, place) in places.enumerated() {
      guard case .row(let row) = place else { continue }
      keys[layer].rows(position..<position + 1).copy(from: k.rows(row..<row + 1))
      values[layer].rows(position..<position + 1).copy(from: v.rows(row..<row + 1))
    }
  }

  /// The hidden state of a position, (1, hidden).
  /// - pass: those of the present pass
  func hidden(_ place: SharedBeginnings.Place, pass: Matrix) -> Matrix {
    switch place {
    case .kept(let position): hidden.rows(position..<position + 1)
    case .row(let row): pass.rows(row..<row + 1)
    }
  }

  func keep(_ places: ArraySlice<SharedBeginnings.Place>, hidden h: Matrix) {
    for (position, place) in places.enumerated() {
      guard case .row(let row) = place else { continue }
      hidden.rows(position..<position + 1).copy(from: h.rows(row..<row + 1))
    }
  }
}

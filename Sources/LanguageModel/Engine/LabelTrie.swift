/// Labels as a tree of their tokens: beginnings that labels share are computed once.
///
/// Row 0, the root, is the prompt's last token; every other row is a token that some label continues after. A label's last token needs no row: it is only
/// looked up in the logits of the row before it.
struct LabelTrie {
  /// The token each row after the root adds; row r of the tree is row r - 1 of a branch.
  private(set) var tokens: [Int32] = []
  /// For each row after the root: the rows before it and itself, as offsets within the branch.
  private(set) var ancestors: [[Int]] = []
  /// For each label: the row each of its tokens is read from (0 is the root), and the token.
  private(set) var paths: [[(row: Int, token: Int32)]] = []

  init(_ labels: [[Int32]]) {
    var children: [Step: Int] = [:]
    for label in labels {
      var (row, path): (Int, [(row: Int, token: Int32)]) = (0, [])
      for (i, token) in label.enumerated() {
        path.append((row, token))
        guard i + 1 < label.count else { break }
        let step = Step(row: row, token: token)
        if let known = children[step] {
          row = known
        } else {
          tokens.append(token)
          ancestors.append((row == 0 ? [] : ancestors[row - 1]) + [tokens.count - 1])
          row = tokens.count
          children[step] = row
        }
      }
      paths.append(path)
    }
  }

  /// Rows of one branch.
  var count: Int { tokens.count }
  /// Positions the deepest row lies after the prompt's end.
  var depth: Int { ancestors.map(\.count).max() ?? 0 }

  private struct Step: Hashable {
    var row: Int
    var token: Int32
  }
}

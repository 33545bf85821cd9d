/// Counts what a set of token sequences has in common.
struct TokenTrie {
  private struct Step: Hashable {
    var node: Int
    var token: Int32
  }
  private var children: [Step: Int] = [:]
  private var parents: Set<Int> = []

  init(_ sequences: some Sequence<[Int32]>) {
    for sequence in sequences {
      var node = 0
      for token in sequence {
        let step = Step(node: node, token: token)
        parents.insert(node)
        node = children[step] ?? children.count + 1
        children[step] = node
      }
    }
  }

  /// Distinct beginnings that something follows, the empty one not counted: what must be computed to know how probable every token is.
  var inner: Int { parents.subtracting([0]).count }
}

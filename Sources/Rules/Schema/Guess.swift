/// A guess at what was meant: the known word nearest to the one that was written.
enum Guess {
  /// The nearest of `known`, when it is near enough to be worth saying; ties go to the earlier one.
  static func nearest(to word: String, among known: [String]) -> String? {
    let wanted = Array(word.lowercased().unicodeScalars.prefix(lengthMax))
    guard !wanted.isEmpty else { return nil }
    var best: (word: String, distance: Int)?
    for candidate in known {
      let distance = distance(wanted, Array(candidate.lowercased().unicodeScalars.prefix(lengthMax)))
      if distance < best?.distance ?? Int.max { best = (candidate, distance) }
    }
    // A third of the letters may be wrong; beyond that a guess misleads more than it helps.
    guard let best, best.distance <= max(1, wanted.count / 3) else { return nil }
    return best.word
  }

  /// The guess as a hint, or else the list of what is known.
  static func hint(for word: String, among known: [String]) -> String {
    if let guess = nearest(to: word, among: known) { return "did you mean \"\(guess)\"?" }
    return "known are: " + known.joined(separator: ", ")
  }

  private static let lengthMax = 100

  /// Optimal string alignment distance: insertions, deletions, substitutions and swaps of neighbours (Boytsov 2011, section 2.2.1). O(a b).
  static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var before = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    var current = previous
    for i in a.indices {
      current[0] = i + 1
      for j in b.indices {
        let substituted = previous[j] + (a[i] == b[j] ? 0 : 1)
        var least = min(previous[j + 1] + 1, current[j] + 1, substituted)
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { least = min(least, before[j - 1] + 1) }
        current[j + 1] = least
      }
      (before, previous, current) = (previous, current, before)
    }
    return previous[b.count]
  }
}

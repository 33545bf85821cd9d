/// A regular expression as it was read.
indirect enum RegexNode: Sendable, Hashable {
  case set(ScalarSet)
  case sequence([RegexNode])
  case alternatives([RegexNode])
  /// - upper: nil where there is no bound.
  case repeated(RegexNode, lower: Int, upper: Int?, RegexGreed)
  case assertion(RegexAssertion)
  case look(RegexNode, isBehind: Bool, isNegative: Bool)
  /// What has matched inside is not gone back into.
  case atomic(RegexNode)

  static let empty = RegexNode.sequence([])

  /// How many characters it matches: the fewest, and the most if there is a bound.
  var length: (least: Int, most: Int?) {
    switch self {
    case .set: return (1, 1)
    case .sequence(let nodes):
      return nodes.reduce((0, 0)) { sum, node in
        let length = node.length
        return (Self.add(sum.0, length.least), sum.1.flatMap { most in length.most.map { Self.add(most, $0) } })
      }
    case .alternatives(let nodes):
      let lengths = nodes.map(\.length)
      let most = lengths.contains { $0.most == nil } ? nil : lengths.compactMap(\.most).max()
      return (lengths.map(\.least).min() ?? 0, most)
    case .repeated(let node, let lower, let upper, _):
      let length = node.length
      return (Self.multiply(length.least, lower), upper.flatMap { upper in length.most.map { Self.multiply($0, upper) } })
    case .assertion, .look: return (0, 0)
    case .atomic(let node): return node.length
    }
  }

  var hasAtomicGroup: Bool {
    switch self {
    case .atomic, .repeated(_, _, _, .possessive): true
    case .sequence(let nodes), .alternatives(let nodes): nodes.contains(where: \.hasAtomicGroup)
    case .repeated(let node, _, _, _), .look(let node, _, _): node.hasAtomicGroup
    case .set, .assertion: false
    }
  }

  private static func add(_ a: Int, _ b: Int) -> Int {
    let (sum, overflows) = a.addingReportingOverflow(b)
    return overflows ? .max : sum
  }

  private static func multiply(_ a: Int, _ b: Int) -> Int {
    let (product, overflows) = a.multipliedReportingOverflow(by: b)
    return overflows ? .max : product
  }
}

enum RegexGreed: Sendable, Hashable { case greedy, lazy, possessive }

enum RegexAssertion: Sendable, Hashable {
  /// `^` of Oniguruma: at the beginning, or after a line feed that is not the last character
  case lineStart
  /// `$` of Oniguruma: at the end, or before a line feed
  case lineEnd
  /// `\A`, and Python's `^`
  case textStart
  /// `\z`, Python's `\Z`
  case textEnd
  /// `\Z`, Python's `$`: at the end, or before a line feed that ends the text
  case textEndOrLastLineFeed
  /// `\b`, with what is part of a word
  case wordBoundary(ScalarSet)
  /// `\B`
  case noWordBoundary(ScalarSet)
}

/// Why a regular expression is not run.
public struct RegexFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// In characters from the beginning of the pattern, counted from 1.
  public var position: Int
  public var problem: String

  public var description: String { "\(problem) (character \(position))" }
}

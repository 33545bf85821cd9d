/// A regular expression over module paths, as Python's `re` reads it: what `target_modules`, `rank_pattern` and their kin are written in.
///
/// Read are literals, `.`, classes, groups (named too), `|`, greedy and lazy quantifiers, `^ $ \A \Z \b \B`, the classes `\d \w \s` and lookaheads. What depends on text
/// matched before (back-references), looks behind or changes how the rest is read (flags) is refused by name.
///
/// Alternatives are tried in Python's order, but no place of the pattern is tried twice at one place of the path: the time is the product of both lengths, whatever
/// the pattern. (`BitState` in RE2, re2/bitstate.cc.)
public struct PathPattern: Sendable, Hashable {
  /// The text it was made from.
  public let text: String
  private let program: [Instruction]

  /// One step. Targets are places in the program.
  enum Instruction: Sendable, Hashable {
    case one(PathCharacters)
    case jump(Int)
    /// The first is tried before the second.
    case split(Int, Int)
    /// What stands between here and `end` must match ahead (or must not).
    case ahead(end: Int, isNegative: Bool)
    case start
    case end
    case boundary(isNegative: Bool)
    case save(Save)
    case match
  }

  /// Which end of the group named `idx`.
  enum Save: Sendable, Hashable {
    case start
    case end
  }

  /// - Throws: `PatternFault`
  public init(_ text: String) throws(PatternFault) {
    self.text = text
    program = try PathPatternParser.program(text)
  }

  /// `re.fullmatch`
  public func matchesWhole(_ path: String) -> Bool {
    let scalars = Array(path.unicodeScalars)
    var run = Run(scalars: scalars, program: program)
    return run.match(0..<program.count, from: 0, mustEnd: true) != nil
  }

  /// `re.match`: the path begins with it.
  public func matchesStart(_ path: String) -> Bool {
    var run = Run(scalars: Array(path.unicodeScalars), program: program)
    return run.match(0..<program.count, from: 0, mustEnd: false) != nil
  }

  /// The number that the group `idx` holds where `re.match` succeeds.
  func number(_ path: String) -> Int? {
    let scalars = Array(path.unicodeScalars)
    var run = Run(scalars: scalars, program: program)
    guard let found = run.match(0..<program.count, from: 0, mustEnd: false), found.lowerBound >= 0, found.upperBound >= found.lowerBound else {
      return nil
    }
    return Int(String(String.UnicodeScalarView(scalars[found.lowerBound..<found.upperBound])))
  }

  public static func == (a: PathPattern, b: PathPattern) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }
  public func hash(into hasher: inout Hasher) { for byte in text.utf8 { hasher.combine(byte) } }

  /// Where the group `idx` was found, -1 where it was not.
  private struct Group {
    var lowerBound = -1
    var upperBound = -1
  }

  /// One path being matched.
  private struct Run {
    let scalars: [Unicode.Scalar]
    let program: [Instruction]
    /// What each lookahead said at each place.
    private var known: [Int: Bool] = [:]

    init(scalars: [Unicode.Scalar], program: [Instruction]) {
      (self.scalars, self.program) = (scalars, program)
    }

    /// Runs a stretch of the program, which begins at its first instruction.
    mutating func match(_ stretch: Range<Int>, from place: Int, mustEnd: Bool) -> Group? {
      let width = scalars.count + 1
      var visited = [Bool](repeating: false, count: stretch.count * width)
      var waiting = [(instruction: stretch.lowerBound, place: place, group: Group())]
      while var (at, place, group) = waiting.popLast() {
        while true {
          let cell = (at - stretch.lowerBound) * width + place
          if visited[cell] { break }
          visited[cell] = true
          var next: Int? = at + 1
          switch program[at] {
          case .one(let set):
            if place < scalars.count, set.contains(scalars[place]) { place += 1 } else { next = nil }
          case .jump(let target): next = target
          case .split(let first, let second):
            waiting.append((second, place, group))
            next = first
          case .ahead(let end, let isNegative): next = looksAhead(at, end, place) != isNegative ? end : nil
          case .start: next = place == 0 ? next : nil
          case .end: next = place == scalars.count || (place == scalars.count - 1 && scalars[place] == "\n") ? next : nil
          case .boundary(let isNegative):
            let before = place > 0 && PathCharacters.isWord(scalars[place - 1])
            let after = place < scalars.count && PathCharacters.isWord(scalars[place])
            next = (before != after) != isNegative ? next : nil
          case .save(.start): group.lowerBound = place
          case .save(.end): group.upperBound = place
          case .match:
            if !mustEnd || place == scalars.count { return group }
            next = nil
          }
          guard let next else { break }
          at = next
        }
      }
      return nil
    }

    private mutating func looksAhead(_ at: Int, _ end: Int, _ place: Int) -> Bool {
      let cell = at * (scalars.count + 1) + place
      if let answer = known[cell] { return answer }
      let answer = match(at + 1..<end, from: place, mustEnd: false) != nil
      known[cell] = answer
      return answer
    }
  }
}

/// What one character of a path may be.
struct PathCharacters: Sendable, Hashable {
  enum Item: Sendable, Hashable {
    case range(UInt32, UInt32)
    case digit(isNegative: Bool)
    case word(isNegative: Bool)
    case space(isNegative: Bool)
  }

  var items: [Item]
  var isNegative = false

  /// `.`: all but a line feed.
  static let any = PathCharacters(items: [.range(10, 10)], isNegative: true)

  func contains(_ scalar: Unicode.Scalar) -> Bool {
    items.contains { item in
      switch item {
      case .range(let low, let high): low <= scalar.value && scalar.value <= high
      case .digit(let isNegative): (scalar.properties.generalCategory == .decimalNumber) != isNegative
      case .word(let isNegative): Self.isWord(scalar) != isNegative
      case .space(let isNegative): scalar.properties.isWhitespace != isNegative
      }
    } != isNegative
  }

  /// `\w`: Python's `str.isalnum` or an underscore.
  static func isWord(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .otherNumber: true
    default: scalar == "_"
    }
  }
}

/// Why a regular expression is not read.
public struct PatternFault: Error, Hashable, Sendable, CustomStringConvertible {
  public var description: String
}

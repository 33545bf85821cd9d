/// Reads a regular expression in one of the dialects, as far as it is run here; anything else is refused by name.
///
/// Sources: kkos/oniguruma, doc/RE and doc/SYNTAX.md; python/cpython, Lib/re/_parser.py. Groups do not capture, for nobody asks what they caught; so back references
/// are refused, and with them calls, absent expressions, conditions, callouts and `\K`, `\G`, `\X`, `\y`; of Python's, looking behind, flags and atomic groups too.
struct RegexParser {
  private let pattern: [Unicode.Scalar]
  private let dialect: RegexDialect
  private var place = 0
  private var depth = 0
  private var ignoresCase = false
  private var dotTakesNewline = false
  private var isExtended = false
  private var groupNames: Set<String> = []

  private static let maximumDepth = 64
  static let maximumLength = 100_000
  private static let maximumRepeat = 1000
  private static let maximumStackedRepeats = 16

  static func parse(_ pattern: String, _ dialect: RegexDialect) throws(RegexFault) -> RegexNode {
    var parser = RegexParser(pattern, dialect)
    guard parser.pattern.count <= maximumLength else { throw RegexFault(position: 1, problem: "longer than \(maximumLength) characters") }
    let node = try parser.alternatives()
    guard parser.place == parser.pattern.count else { throw parser.fault("a ) without its (") }
    return node
  }

  private init(_ pattern: String, _ dialect: RegexDialect) {
    self.pattern = Array(pattern.unicodeScalars)
    self.dialect = dialect
  }

  // MARK: - Structure

  private mutating func alternatives() throws(RegexFault) -> RegexNode {
    depth += 1
    guard depth <= Self.maximumDepth else { throw fault("nested more than \(Self.maximumDepth) deep") }
    defer { depth -= 1 }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .alternatives(branches)
  }

  private mutating func sequence() throws(RegexFault) -> RegexNode {
    var nodes: [RegexNode] = []
    var letters = FoldedLetters()
    while let scalar = current, scalar != "|", scalar != ")" {
      if isExtended, skipExtended() { continue }
      let start = place
      guard var node = try atom() else { continue }
      if let repeated = try quantified(node, isGroup: scalar == "(") {
        node = repeated
        letters = FoldedLetters()
      } else if ignoresCase, place - start <= 2, !letters.append(pattern[place - 1]) {
        throw fault("letters that fold to one character (as ss does to ß) under (?i) are not run", at: start)
      }
      nodes.append(node)
    }
    return nodes.count == 1 ? nodes[0] : .sequence(nodes)
  }

  /// One item; nil for what matches nothing, as a comment.
  private mutating func atom() throws(RegexFault) -> RegexNode? {
    let start = place
    let scalar = pattern[place]
    place += 1
    switch scalar {
    case "(": return try group(start)
    case "[":
      var parser = RegexClassParser(pattern: pattern, dialect: dialect, place: place, ignoresCase: ignoresCase)
      let set = try parser.parse()
      place = parser.place
      return .set(set)
    case ".": return .set(dotTakesNewline ? .any : .not(.newline))
    case "^": return .assertion(dialect == .python ? .textStart : .lineStart)
    case "$": return .assertion(dialect == .python ? .textEndOrLastLineFeed : .lineEnd)
    case "\\": return try escape(start)
    case "*", "+", "?": throw fault("\(scalar) with nothing to repeat", at: start)
    case "{":
      place = start
      if try interval() != nil { throw fault("{ with nothing to repeat", at: start) }
      place = start + 1
      return try literal("{", start)
    default: return try literal(scalar, start)
    }
  }

  private func literal(_ scalar: Unicode.Scalar, _ start: Int) throws(RegexFault) -> RegexNode {
    guard ignoresCase else { return .set(.scalar(scalar)) }
    guard let set = CaseFolding.set(scalar) else {
      throw fault("the character U+\(String(scalar.value, radix: 16, uppercase: true)) under (?i) is not run; ASCII is", at: start)
    }
    return .set(set)
  }

  private mutating func escape(_ start: Int) throws(RegexFault) -> RegexNode {
    switch current {
    case "A": return assertion(.textStart)
    case "Z": return assertion(dialect == .python ? .textEnd : .textEndOrLastLineFeed)
    case "b": return assertion(.wordBoundary(dialect.word))
    case "B": return assertion(.noWordBoundary(dialect.word))
    case "z" where dialect == .oniguruma: return assertion(.textEnd)
    case "R" where dialect == .oniguruma:
      place += 1
      let line = ScalarSet.union([.range(0xA, 0xD), .scalar("\u{85}"), .range(0x2028, 0x2029)])
      return .atomic(.alternatives([.sequence([.set(.scalar("\r")), .set(.newline)]), .set(line)]))
    case "O" where dialect == .oniguruma:
      place += 1
      return .set(.any)
    case "N" where dialect == .oniguruma:
      place += 1
      return .set(.not(.newline))
    default:
      var reader = RegexEscape(pattern: pattern, dialect: dialect, place: start)
      let meaning = try reader.read(ignoresCase: ignoresCase)
      place = reader.place
      switch meaning {
      case .set(let set): return .set(set)
      case .scalar(let scalar): return try literal(scalar, start)
      }
    }
  }

  private mutating func assertion(_ assertion: RegexAssertion) -> RegexNode {
    place += 1
    return .assertion(assertion)
  }

  // MARK: - Groups

  private mutating func group(_ start: Int) throws(RegexFault) -> RegexNode? {
    guard take("?") else {
      if current == "*", dialect == .oniguruma { throw fault("callouts (*…) are not run", at: start) }
      return try body(start)
    }
    guard let kind = current else { throw fault("the pattern ends inside a group", at: start) }
    place += 1
    switch kind {
    case ":": return try body(start)
    case "=": return .look(try body(start), isBehind: false, isNegative: false)
    case "!": return .look(try body(start), isBehind: false, isNegative: true)
    case "P" where dialect == .python:
      guard take("<") else { throw fault("back references are not run", at: start) }
      return try named(start, closing: ">")
    case "<" where dialect == .python && (current == "=" || current == "!"): throw fault("looking behind is not run", at: start)
    case _ where dialect == .python: throw fault("the group (?\(kind) is not run; (?:…), (?=…), (?!…) and (?P<name>…) are", at: start)
    case ">": return .atomic(try body(start))
    case "<":
      if take("=") { return try lookBehind(start, isNegative: false) }
      if take("!") { return try lookBehind(start, isNegative: true) }
      return try named(start, closing: ">")
    case "'": return try named(start, closing: "'")
    case "#":
      while let scalar = current, scalar != ")" { place += scalar == "\\" ? 2 : 1 }
      guard take(")") else { throw fault("a comment without its )", at: start) }
      return nil
    case "i", "m", "x", "-":
      place -= 1
      return try options(start)
    default: throw fault("the group (?\(kind) is not run", at: start)
    }
  }

  private mutating func body(_ start: Int) throws(RegexFault) -> RegexNode {
    let saved = (ignoresCase, dotTakesNewline, isExtended)
    let node = try alternatives()
    (ignoresCase, dotTakesNewline, isExtended) = saved
    guard take(")") else { throw fault("a ( without its )", at: start) }
    return node
  }

  private mutating func named(_ start: Int, closing: Unicode.Scalar) throws(RegexFault) -> RegexNode {
    let name = place
    while let scalar = current, scalar != closing, scalar != ")" { place += 1 }
    guard place > name, take(closing) else { throw fault("a group whose name does not end", at: start) }
    if dialect == .python {
      let text = pattern[name..<(place - 1)]
      let isName = text.allSatisfy(dialect.word.contains) && !ScalarSet.digit.contains(text[name])
      guard isName, groupNames.insert(String(String.UnicodeScalarView(text))).inserted else {
        throw fault("a group whose name is no name, or there twice", at: start)
      }
    }
    return try body(start)
  }

  /// Looking behind tries every length that can be; so there must be a longest.
  private mutating func lookBehind(_ start: Int, isNegative: Bool) throws(RegexFault) -> RegexNode {
    let node = try body(start)
    guard let most = node.length.most, most <= 255 else { throw fault("looking behind for something of any length is not run", at: start) }
    if node.length.least != most, node.hasAtomicGroup {
      throw fault("looking behind for an atomic group or \\R of more than one length is not run", at: start)
    }
    return .look(node, isBehind: true, isNegative: isNegative)
  }

  /// `(?i)` holds for the rest of the group, its alternatives too; `(?i:…)` for what is inside.
  private mutating func options(_ start: Int) throws(RegexFault) -> RegexNode {
    let saved = (ignoresCase, dotTakesNewline, isExtended)
    var turnsOn = true
    while let letter = current, letter != ")", letter != ":" {
      place += 1
      switch letter {
      case "-": turnsOn = false
      case "i": ignoresCase = turnsOn
      case "m": dotTakesNewline = turnsOn
      case "x": isExtended = turnsOn
      default: throw fault("the option \(letter) is not run; i, m and x are", at: place - 1)
      }
    }
    guard let end = current else { throw fault("the pattern ends inside a group", at: start) }
    place += 1
    let node = try alternatives()
    (ignoresCase, dotTakesNewline, isExtended) = saved
    if end == ":" {
      guard take(")") else { throw fault("a ( without its )", at: start) }
    }
    return node
  }

  // MARK: - Repeats

  private mutating func quantified(_ first: RegexNode, isGroup: Bool) throws(RegexFault) -> RegexNode? {
    if dialect == .python { return try repeatedOnce(first, isGroup: isGroup) }
    var node = first
    var found = false
    var stacked = 0
    while let scalar = current {
      let start = place
      guard stacked < Self.maximumStackedRepeats else { throw fault("more than \(Self.maximumStackedRepeats) repeats on one another are not run") }
      stacked += 1
      guard let (lower, upper) = try bounds() else { return found ? node : nil }
      let isInterval = scalar == "{"
      if upper == nil, node.length.least == 0 { throw fault("repeating without bound what may match nothing is not run", at: start) }
      found = true
      if take("?") {
        // `{n}?` of Ruby is not lazy: it is n times or not at all.
        node =
          isInterval && lower == upper
          ? .repeated(.repeated(node, lower: lower, upper: upper, .greedy), lower: 0, upper: 1, .greedy)
          : .repeated(node, lower: lower, upper: upper, .lazy)
      } else if !isInterval, take("+") {
        node = .repeated(node, lower: lower, upper: upper, .possessive)
      } else {
        node = .repeated(node, lower: lower, upper: upper, .greedy)
      }
    }
    return found ? node : nil
  }

  /// Python's: one repeat, and no other behind it. What may match nothing can be repeated without bound, for no place of the program is tried twice.
  private mutating func repeatedOnce(_ node: RegexNode, isGroup: Bool) throws(RegexFault) -> RegexNode? {
    let start = place
    guard let (lower, upper) = try bounds() else { return nil }
    if case .assertion = node, !isGroup { throw fault("a repeat with nothing to repeat", at: start) }
    let isLazy = take("?")
    let behind = place
    if try bounds() != nil { throw fault("a repeat on a repeat is not run", at: behind) }
    return .repeated(node, lower: lower, upper: upper, isLazy ? .lazy : .greedy)
  }

  /// How often the repeat at the place repeats; nil, and the place as it was, if there is none.
  private mutating func bounds() throws(RegexFault) -> (lower: Int, upper: Int?)? {
    switch current {
    case "*":
      place += 1
      return (0, nil)
    case "+":
      place += 1
      return (1, nil)
    case "?":
      place += 1
      return (0, 1)
    case "{": return try interval()
    default: return nil
    }
  }

  /// `{n}`, `{n,}`, `{,m}` or `{n,m}` at the place; nil, and the place as it was, for a { that is only a character.
  private mutating func interval() throws(RegexFault) -> (Int, Int?)? {
    let start = place
    place += 1
    var lower = digits()
    var upper = lower
    if take(",") {
      upper = digits()
      // `{,}` is text to Oniguruma and a * to Python.
      if lower == nil && upper == nil && dialect == .python { lower = 0 }
    }
    guard take("}"), lower != nil || upper != nil else {
      place = start
      return nil
    }
    let least = lower ?? 0
    guard least <= Self.maximumRepeat, upper ?? 0 <= Self.maximumRepeat else {
      throw fault("repeating more than \(Self.maximumRepeat) times is not run", at: start)
    }
    guard upper.map({ $0 >= least }) ?? true else { throw fault("{\(least),\(upper ?? 0)} has its bounds the wrong way round", at: start) }
    return (least, upper)
  }

  private mutating func digits() -> Int? {
    var value: Int?
    while let scalar = current, ("0"..."9").contains(scalar) {
      value = min((value ?? 0) * 10 + Int(scalar.value - 0x30), 1_000_000)
      place += 1
    }
    return value
  }

  // MARK: - Reading

  private var current: Unicode.Scalar? { place < pattern.count ? pattern[place] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    place += 1
    return true
  }

  /// White space and comments of an extended pattern.
  private mutating func skipExtended() -> Bool {
    guard let scalar = current else { return false }
    if scalar == "#" {
      while let next = current, next != "\n" { place += 1 }
      return true
    }
    guard scalar.value < 0x80, scalar.isWhiteSpace else { return false }
    place += 1
    return true
  }

  private func fault(_ problem: String, at position: Int? = nil) -> RegexFault { RegexFault(position: (position ?? place) + 1, problem: problem) }
}

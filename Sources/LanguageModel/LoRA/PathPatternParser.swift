/// Reads a regular expression and lays it out as `PathPattern`'s program.
struct PathPatternParser {
  /// Scalars of a pattern, nested groups, and instructions at most; lookaheads, which are run at every place anew, may have a tenth.
  static let longest = 16_384
  static let deepest = 100
  static let largest = 20_000

  private indirect enum Node {
    case set(PathCharacters)
    case sequence([Node])
    case choice([Node])
    case times(Node, least: Int, most: Int?, isLazy: Bool)
    case index(Node)
    case ahead(Node, isNegative: Bool)
    case simple(PathPattern.Instruction)
  }

  private let scalars: [Unicode.Scalar]
  private var place = 0
  private var depth = 0
  private var program: [PathPattern.Instruction] = []
  private var ahead = 0
  /// Nodes laid out, empty ones too, which a hostile pattern repeats for ever.
  private var laid = 0

  static func program(_ text: String) throws(PatternFault) -> [PathPattern.Instruction] {
    var parser = PathPatternParser(text)
    guard parser.scalars.count <= longest else { throw PatternFault(description: "is longer than \(longest) characters") }
    let node = try parser.choice()
    if parser.place < parser.scalars.count { throw PatternFault(description: "has a ) too many at character \(parser.place + 1)") }
    try parser.lay(node)
    try parser.add(.match)
    return parser.program
  }

  private init(_ text: String) {
    scalars = Array(text.unicodeScalars)
  }

  // MARK: - Reading

  private var next: Unicode.Scalar? { place < scalars.count ? scalars[place] : nil }

  private mutating func take(_ text: String) -> Bool {
    let wanted = Array(text.unicodeScalars)
    guard scalars[place...].starts(with: wanted) else { return false }
    place += wanted.count
    return true
  }

  private func fault(_ problem: String) -> PatternFault { PatternFault(description: "\(problem) at character \(place + 1)") }

  private mutating func choice() throws(PatternFault) -> Node {
    depth += 1
    defer { depth -= 1 }
    if depth > Self.deepest { throw fault("nests groups deeper than \(Self.deepest)") }
    var branches = [try sequence()]
    while take("|") { branches.append(try sequence()) }
    return branches.count == 1 ? branches[0] : .choice(branches)
  }

  private mutating func sequence() throws(PatternFault) -> Node {
    var parts: [Node] = []
    while let scalar = next, scalar != "|", scalar != ")" {
      place += 1
      parts.append(try quantified(try atom(scalar)))
    }
    return .sequence(parts)
  }

  private mutating func atom(_ scalar: Unicode.Scalar) throws(PatternFault) -> Node {
    switch scalar {
    case ".": return .set(.any)
    case "^": return .simple(.start)
    case "$": return .simple(.end)
    case "[": return .set(try characterClass())
    case "(": return try group()
    case "\\": return try escape()
    case "*", "+", "?":
      place -= 1
      throw fault("has nothing to repeat")
    default: return .set(PathCharacters(items: [.range(scalar.value, scalar.value)]))
    }
  }

  private mutating func group() throws(PatternFault) -> Node {
    var isIndex = false
    var looks: Bool?
    if take("?") {
      if take("=") {
        looks = false
      } else if take("!") {
        looks = true
      } else if take("P<") {
        let start = place
        while let scalar = next, scalar != ">" { place += PathCharacters.isWord(scalar) ? 1 : scalars.count }
        let name = place < scalars.count ? String(String.UnicodeScalarView(scalars[start..<place])) : ""
        if name.isEmpty || !take(">") { throw fault("has a group without a proper name") }
        isIndex = name == "idx"
      } else if !take(":") {
        throw fault("has a group (?\(next.map { String($0) } ?? ""), which is not read: lookbehind, flags, atomic and conditional groups are not;")
      }
    }
    let inner = try choice()
    if !take(")") { throw fault("has a ( that is not closed") }
    return looks.map { .ahead(inner, isNegative: $0) } ?? (isIndex ? .index(inner) : inner)
  }

  private mutating func quantified(_ atom: Node) throws(PatternFault) -> Node {
    var (least, most): (Int, Int?)
    if take("*") {
      (least, most) = (0, nil)
    } else if take("+") {
      (least, most) = (1, nil)
    } else if take("?") {
      (least, most) = (0, 1)
    } else if let bounds = counts() {
      (least, most) = bounds
    } else {
      return atom
    }
    if let most, most < least { throw fault("repeats at least \(least) and at most \(most) times") }
    if max(least, most ?? 0) > Self.largest { throw fault("repeats more than \(Self.largest) times") }
    let isLazy = take("?")
    if let scalar = next, scalar == "*" || scalar == "+" || scalar == "?" { throw fault("has a quantifier after a quantifier") }
    return .times(atom, least: least, most: most, isLazy: isLazy)
  }

  /// `{3}`, `{3,}`, `{,3}`, `{3,5}`; anything else in braces is text.
  private mutating func counts() -> (Int, Int?)? {
    let start = place
    guard take("{") else { return nil }
    let first = digits()
    let hasComma = take(",")
    let second = hasComma ? digits() : first
    guard first != nil || hasComma, take("}") else {
      place = start
      return nil
    }
    return (first ?? 0, second)
  }

  private mutating func digits() -> Int? {
    let start = place
    while let scalar = next, ("0"..."9").contains(scalar) { place += 1 }
    return start == place ? nil : Int(String(String.UnicodeScalarView(scalars[start..<place]))) ?? .max
  }

  private mutating func escape() throws(PatternFault) -> Node {
    switch next {
    case "A": place += 1; return .simple(.start)
    case "b": place += 1; return .simple(.boundary(isNegative: false))
    case "B": place += 1; return .simple(.boundary(isNegative: true))
    case "Z":
      place += 1
      // The very end: nothing follows.
      return .ahead(.set(PathCharacters(items: [], isNegative: true)), isNegative: true)
    case .some(let scalar) where ("1"..."9").contains(scalar): throw fault("has a back-reference, which is not read,")
    default: return .set(PathCharacters(items: [try escaped()]))
    }
  }

  /// What stands after a backslash, in or out of a class.
  private mutating func escaped() throws(PatternFault) -> PathCharacters.Item {
    guard let scalar = next else { throw fault("ends with a backslash") }
    place += 1
    switch scalar {
    case "d": return .digit(isNegative: false)
    case "D": return .digit(isNegative: true)
    case "w": return .word(isNegative: false)
    case "W": return .word(isNegative: true)
    case "s": return .space(isNegative: false)
    case "S": return .space(isNegative: true)
    case "n": return .range(10, 10)
    case "t": return .range(9, 9)
    case "r": return .range(13, 13)
    case let other where ("a"..."z").contains(other) || ("A"..."Z").contains(other) || ("0"..."9").contains(other):
      place -= 1
      throw fault("has \\\(other), which is not read,")
    default: return .range(scalar.value, scalar.value)
    }
  }

  private mutating func characterClass() throws(PatternFault) -> PathCharacters {
    var set = PathCharacters(items: [], isNegative: take("^"))
    var isFirst = true
    while let scalar = next, scalar != "]" || isFirst {
      isFirst = false
      place += 1
      let low = scalar == "\\" ? try escaped() : .range(scalar.value, scalar.value)
      guard case .range(let from, _) = low, next == "-", place + 1 < scalars.count, scalars[place + 1] != "]" else {
        set.items.append(low)
        continue
      }
      place += 1
      let last = scalars[place]
      place += 1
      guard case .range(let to, _) = last == "\\" ? try escaped() : .range(last.value, last.value), from <= to else {
        throw fault("has a range in the wrong order")
      }
      set.items.append(.range(from, to))
    }
    if !take("]") { throw fault("has a [ that is not closed") }
    return set
  }

  // MARK: - Laying out

  private mutating func add(_ instruction: PathPattern.Instruction) throws(PatternFault) {
    program.append(instruction)
    if program.count > Self.largest { throw PatternFault(description: "becomes larger than \(Self.largest) steps") }
  }

  private mutating func lay(_ node: Node) throws(PatternFault) {
    laid += 1
    if laid > 4 * Self.largest { throw PatternFault(description: "becomes larger than \(Self.largest) steps") }
    switch node {
    case .set(let set): try add(.one(set))
    case .simple(let instruction): try add(instruction)
    case .sequence(let parts): for part in parts { try lay(part) }
    case .index(let inner):
      try add(.save(.start))
      try lay(inner)
      try add(.save(.end))
    case .choice(let branches):
      var ends: [Int] = []
      for branch in branches.dropLast() {
        let split = program.count
        try add(.split(split + 1, 0))
        try lay(branch)
        ends.append(program.count)
        try add(.jump(0))
        program[split] = .split(split + 1, program.count)
      }
      try lay(branches[branches.count - 1])
      for end in ends { program[end] = .jump(program.count) }
    case .ahead(let inner, let isNegative):
      let start = program.count
      try add(.ahead(end: 0, isNegative: isNegative))
      try lay(inner)
      try add(.match)
      program[start] = .ahead(end: program.count, isNegative: isNegative)
      ahead += program.count - start
      if ahead > Self.largest / 10 { throw PatternFault(description: "looks ahead with more than \(Self.largest / 10) steps") }
    case .times(let inner, let least, let most, let isLazy):
      for _ in 0..<least { try lay(inner) }
      if let most {
        // Each further one is tried only after the one before it.
        var splits: [Int] = []
        for _ in least..<most {
          splits.append(program.count)
          try add(.split(0, 0))
          try lay(inner)
        }
        for split in splits { program[split] = isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count) }
      } else {
        let split = program.count
        try add(.split(0, 0))
        try lay(inner)
        try add(.jump(split))
        program[split] = isLazy ? .split(program.count, split + 1) : .split(split + 1, program.count)
      }
    }
  }
}

/// Reads a class: `[a-z\d[:alpha:]]`, `[^…]`, classes in classes, and `&&`; to Python, a bracket and `&&` inside a class are text.
struct RegexClassParser {
  let pattern: [Unicode.Scalar]
  let dialect: RegexDialect
  /// Behind the bracket that opens the class; afterwards behind the one that closes it.
  var place: Int
  let ignoresCase: Bool
  private var depth = 0

  private static let maximumDepth = 32
  private static let maximumMembers = 1000

  init(pattern: [Unicode.Scalar], dialect: RegexDialect, place: Int, ignoresCase: Bool) {
    self.pattern = pattern
    self.dialect = dialect
    self.place = place
    self.ignoresCase = ignoresCase
  }

  mutating func parse() throws(RegexFault) -> ScalarSet {
    depth += 1
    defer { depth -= 1 }
    let start = place - 1
    guard depth <= Self.maximumDepth else { throw fault("classes nested more than \(Self.maximumDepth) deep", at: start) }
    let isNegative = take("^")
    var whole: [ScalarSet] = []
    var members: [ScalarSet] = []
    var isFirst = true
    while true {
      guard let scalar = current else { throw fault("a class without its ]", at: start) }
      if scalar == "]", !isFirst {
        place += 1
        break
      }
      isFirst = false
      if dialect == .oniguruma, scalar == "&", place + 1 < pattern.count, pattern[place + 1] == "&" {
        place += 2
        whole.append(.union(members))
        members = []
        continue
      }
      members.append(try member())
      guard members.count <= Self.maximumMembers else { throw fault("a class of more than \(Self.maximumMembers) members is not run", at: start) }
    }
    let set = whole.isEmpty ? Self.union(members) : .intersection(whole + [.union(members)])
    return isNegative ? .not(set) : set
  }

  private static func union(_ members: [ScalarSet]) -> ScalarSet { members.count == 1 ? members[0] : .union(members) }

  private mutating func member() throws(RegexFault) -> ScalarSet {
    let start = place
    if dialect == .oniguruma, take("[") {
      if current == ":", let set = try posix() { return set }
      return try parse()
    }
    switch try item() {
    case .set(let set):
      // A hyphen after a set is a character, unless something follows that would make it a range.
      if current == "-", place + 1 < pattern.count, pattern[place + 1] != "]" { throw fault("a range that begins with a set", at: start) }
      return set
    case .scalar(let lower):
      guard current == "-", place + 1 < pattern.count, pattern[place + 1] != "]" else { return try folded(lower, lower, start) }
      place += 1
      if dialect == .oniguruma, current == "[" { throw fault("a range that ends with a set", at: start) }
      guard case .scalar(let upper) = try item() else { throw fault("a range that ends with a set", at: start) }
      guard lower <= upper else { throw fault("a range whose end comes before its beginning", at: start) }
      return try folded(lower, upper, start)
    }
  }

  private mutating func item() throws(RegexFault) -> RegexEscape.Meaning {
    guard let scalar = current else { throw fault("a class without its ]") }
    guard scalar == "\\" else {
      place += 1
      return .scalar(scalar)
    }
    if place + 1 < pattern.count, pattern[place + 1] == "b" {
      place += 2
      return .scalar("\u{8}")
    }
    var reader = RegexEscape(pattern: pattern, dialect: dialect, place: place)
    let meaning = try reader.read(ignoresCase: ignoresCase)
    place = reader.place
    return meaning
  }

  private func folded(_ lower: Unicode.Scalar, _ upper: Unicode.Scalar, _ start: Int) throws(RegexFault) -> ScalarSet {
    guard ignoresCase else { return .range(lower.value, upper.value) }
    guard upper.value < 0x80 else { throw fault("a class under (?i) with more than ASCII is not run", at: start) }
    return .union((lower.value...upper.value).compactMap { Unicode.Scalar($0).flatMap(CaseFolding.set) })
  }

  /// `[:name:]` or `[:^name:]` at the colon; nil, and the place as it was, if it is only a class that begins with a colon.
  private mutating func posix() throws(RegexFault) -> ScalarSet? {
    let start = place
    place += 1
    let isNegative = take("^")
    var name = String.UnicodeScalarView()
    while let scalar = current, ("a"..."z").contains(scalar) {
      name.append(scalar)
      place += 1
    }
    guard current == ":", place + 1 < pattern.count, pattern[place + 1] == "]" else {
      place = start
      return nil
    }
    guard !ignoresCase, let set = RegexProperty.posix(String(name)) else {
      throw fault("the bracket [:\(String(name)):] is not run here", at: start - 1)
    }
    place += 2
    return isNegative ? .not(set) : set
  }

  private var current: Unicode.Scalar? { place < pattern.count ? pattern[place] : nil }

  private mutating func take(_ scalar: Unicode.Scalar) -> Bool {
    guard current == scalar else { return false }
    place += 1
    return true
  }

  private func fault(_ problem: String, at position: Int? = nil) -> RegexFault { RegexFault(position: (position ?? place) + 1, problem: problem) }
}

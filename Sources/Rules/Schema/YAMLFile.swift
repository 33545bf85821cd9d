import Yams

/// A YAML file being read with a record of every fault, so that one reading reports them all.
///
/// Nothing here throws: a fault is written down with its place and reading goes on with what is left. The caller asks for `faults` at the end.
struct YAMLFile {
  let path: String
  /// What the reader is in, for the faults: `rule "name"`.
  var subject: String?
  private(set) var faults: [RuleFault] = []
  /// The root node; nil when the file has no readable YAML.
  private(set) var root: Node?
  private let lines: [[Unicode.Scalar]]

  /// Larger files are not rules, and would be held in memory several times over.
  static let bytesMax = 1_048_576
  /// A file with more keys written twice than this has another illness.
  private static let duplicatesMax = 100
  /// Put in the place of a letter of a key that is written twice; a private use character, so that it can be no one's own.
  private static let mark: Unicode.Scalar = "\u{F8FF}"

  init(_ source: RuleSource) {
    path = source.path
    let scalars = Array(source.text.unicodeScalars)
    lines = scalars.split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    guard source.text.utf8.count <= Self.bytesMax else {
      faults.append(RuleFault(file: path, message: "the file is larger than \(Self.bytesMax) bytes", hint: "split it"))
      return
    }
    compose(lines)
  }

  // MARK: - Faults

  mutating func fault(at node: Node?, _ message: String, hint: String? = nil, offset: Int? = nil) {
    let place = offset.flatMap { position(in: node, offset: $0) } ?? (node?.mark?.line ?? 1, node?.mark?.column ?? 1)
    faults.append(RuleFault(file: path, line: place.0, column: place.1, subject: subject, message: message, hint: hint))
  }

  /// Line and column of the scalar that stands `offset` scalars into a node's text; nil where folding or escapes have moved it.
  private func position(in node: Node?, offset: Int) -> (Int, Int)? {
    guard let scalar = node?.scalar, let mark = scalar.mark, lines.indices.contains(mark.line - 1) else { return nil }
    let text = Array(scalar.string.unicodeScalars)
    guard offset <= text.count else { return nil }
    switch scalar.style {
    case .literal:
      let before = text[..<offset]
      let row = mark.line + before.count { $0 == "\n" }
      guard lines.indices.contains(mark.line), lines.indices.contains(row) else { return nil }
      let indentation = lines[mark.line].prefix { $0 == " " }.count
      let start = before.lastIndex(of: "\n").map { $0 + 1 } ?? 0
      return (row + 1, indentation + offset - start + 1)
    case .folded:
      return nil
    default:
      let isQuoted = scalar.style == .singleQuoted || scalar.style == .doubleQuoted
      let start = mark.column - 1 + (isQuoted ? 1 : 0)
      guard lines[mark.line - 1].dropFirst(start).starts(with: text) else { return nil }
      return (mark.line, start + offset + 1)
    }
  }

  // MARK: - YAML itself

  /// Parses, and where a key is written twice notes the fault, disguises the first one and parses again, because Yams stops there.
  private mutating func compose(_ original: [[Unicode.Scalar]]) {
    var text = original
    for _ in 0...Self.duplicatesMax {
      do {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text.joined(separator: ["\n" as Unicode.Scalar]))
        root = try Parser(yaml: String(view), encoding: .utf8).singleRoot()
        return
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        let (line, column) = (context.mark.line, context.mark.column)
        faults.append(
          RuleFault(
            file: path, line: line, column: column, message: "key \"\(keys.first ?? "")\" is written more than once",
            hint: "keep one; of two, neither can be said to hold"))
        guard disguise(&text, line: line - 1, column: column - 1) else { return }
      } catch let error as YamlError {
        faults.append(syntaxFault(error))
        return
      } catch {
        faults.append(RuleFault(file: path, message: "cannot be read as YAML: \(error)"))
        return
      }
    }
  }

  private func disguise(_ text: inout [[Unicode.Scalar]], line: Int, column: Int) -> Bool {
    guard text.indices.contains(line), text[line].indices.contains(column) else { return false }
    let isQuoted = text[line][column] == "\"" || text[line][column] == "'"
    let place = column + (isQuoted ? 1 : 0)
    guard text[line].indices.contains(place), text[line][place] != Self.mark else { return false }
    text[line][place] = Self.mark
    return true
  }

  private func syntaxFault(_ error: YamlError) -> RuleFault {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let around = context.map { " \($0.text.trimmed)" } ?? ""
      return RuleFault(
        file: path, line: mark.line, column: mark.column, message: "not YAML:\(around.isEmpty ? "" : around + ",") \(problem)",
        hint: problem.contains("cannot start any token") ? "indent with spaces, and quote text that starts with a sign" : nil)
    case .reader(let problem, let offset, _, _):
      let before = lines.joined(separator: ["\n" as Unicode.Scalar]).prefix(offset ?? 0)
      let line = before.count { $0 == "\n" } + 1
      let column = before.reversed().prefix { $0 != "\n" }.count + 1
      return RuleFault(file: path, line: line, column: column, message: "not YAML: \(problem)", hint: "remove the control character")
    default:
      return RuleFault(file: path, message: "cannot be read as YAML: \(error)")
    }
  }

  // MARK: - Nodes as values

  /// The entries of a mapping; unknown keys, keys that are not text and a node that is no mapping are faults.
  ///
  /// - known: the keys that may be there; nil for any.
  /// - foreign: keys of other programs' files, and what to write instead.
  mutating func mapping(_ node: Node, _ what: String, known: [String]?, foreign: [String: String] = [:]) -> [(key: String, node: Node)]? {
    guard let mapping = node.mapping else {
      fault(at: node, "\(what) must be a mapping (key: value), got \(Self.kind(node))")
      return nil
    }
    var entries: [(key: String, node: Node)] = []
    for (keyNode, value) in mapping {
      guard let key = keyNode.scalar?.string, !key.isEmpty else {
        fault(at: keyNode, "a key of \(what) must be text, got \(Self.kind(keyNode))")
        continue
      }
      // The first of two equal keys, already reported.
      if key.unicodeScalars.contains(Self.mark) { continue }
      if let known, !known.contains(key) {
        fault(at: keyNode, "unknown key \"\(key)\" in \(what)", hint: foreign[key] ?? Guess.hint(for: key, among: known))
        continue
      }
      entries.append((key, value))
    }
    return entries
  }

  mutating func list(_ node: Node, _ what: String) -> [Node]? {
    guard let sequence = node.sequence else {
      fault(at: node, "\(what) must be a list, got \(Self.kind(node))", hint: "start each item with \"- \"")
      return nil
    }
    return Array(sequence)
  }

  /// Text, also where YAML would see a number or a truth value; nothing is a fault.
  mutating func text(_ node: Node, _ what: String, allowEmpty: Bool = false) -> String? {
    guard let scalar = node.scalar, !Self.isNull(scalar) else {
      fault(at: node, "\(what) must be text, got \(Self.kind(node))")
      return nil
    }
    guard allowEmpty || !scalar.string.isEmpty else {
      fault(at: node, "\(what) is empty")
      return nil
    }
    return scalar.string
  }

  mutating func count(_ node: Node, _ what: String) -> Int? {
    guard let scalar = node.scalar, scalar.style == .plain, let number = Int(scalar.string) else {
      fault(at: node, "\(what) must be a whole number, got \(Self.kind(node))")
      return nil
    }
    guard number >= 0 else {
      fault(at: node, "\(what) must be at least 0, got \(number)")
      return nil
    }
    return number
  }

  mutating func duration(_ node: Node, _ what: String) -> RuleDuration? {
    guard let text = text(node, what) else { return nil }
    do {
      return try RuleDuration(parsing: text)
    } catch {
      fault(at: node, "\(what): \(error.message)", hint: error.hint)
      return nil
    }
  }

  mutating func word<Value: RawRepresentable & CaseIterable>(_ node: Node, _ what: String, as type: Value.Type) -> Value?
  where Value.RawValue == String {
    guard let text = text(node, what) else { return nil }
    if let value = Value(rawValue: text) { return value }
    let known = type.allCases.map(\.rawValue)
    fault(
      at: node, "\(what) must be one of \(known.joined(separator: ", ")), got \"\(text)\"",
      hint: Guess.nearest(to: text, among: known).map { "did you mean \"\($0)\"?" })
    return nil
  }

  static func isNull(_ scalar: Node.Scalar) -> Bool {
    scalar.style == .plain && ["", "~", "null", "Null", "NULL"].contains(scalar.string)
  }

  static func kind(_ node: Node) -> String {
    switch node {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .alias: "an alias"
    case .scalar(let scalar):
      isNull(scalar) ? "nothing" : "\"\(scalar.string.count > 60 ? String(scalar.string.prefix(60)) + "…" : scalar.string)\""
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    var view = Substring(self)
    while view.last?.isWhitespace == true { view.removeLast() }
    return String(view)
  }
}

import Yams

/// A YAML file read into nodes that know where they stand, and the faults found while reading it: every fault is collected, so that a file is
/// mended in one go. The one place where configuration, suites and rules touch YAML.
///
/// Nothing throws but `check`: a fault is written down with its place, and reading goes on with what is left.
package final class YAMLDocument {
  package let file: String
  package private(set) var faults: [DocumentFault] = []
  private var tree: Node?
  private let lines: [[Unicode.Scalar]]

  /// Larger files are not written by hand, and would be held in memory several times over.
  static let bytesMax = 1_048_576
  /// Put in the place of a letter of a key that is written twice, each mark once, or disguised keys would be equal again. Private use characters, so
  /// that they can be no one's own; a hundred, because a file with more keys written twice has another illness.
  static let marks: ClosedRange<Unicode.Scalar> = "\u{F89B}"..."\u{F8FF}"

  /// - Parameters:
  ///   - file: how messages name the file.
  ///   - hintIfEmpty: what such a file starts with.
  package init(text: String, file: String, hintIfEmpty: String? = nil) {
    self.file = file
    lines = Array(text.unicodeScalars).split(separator: "\n", omittingEmptySubsequences: false).map(Array.init)
    guard text.utf8.count <= Self.bytesMax else {
      faults.append(DocumentFault(file: file, message: "the file is larger than \(Self.bytesMax) bytes", hint: "split it"))
      return
    }
    compose()
    if tree == nil, faults.isEmpty { faults.append(DocumentFault(file: file, message: "the file is empty", hint: hintIfEmpty)) }
  }

  /// The whole document; nil, with a fault, when there is no readable YAML in it.
  package var content: YAMLNode? { tree.map { YAMLNode(document: self, node: $0) } }

  /// The whole document as a mapping; a fault when it is something else.
  package func root() -> YAMLMapping? { content?.mapping("the file") }

  /// Throws everything that was found, if anything was.
  package func check() throws {
    if !faults.isEmpty { throw DocumentFaults(faults) }
  }

  // MARK: - Places

  /// - Parameter offset: where in the node's text the fault is, in Unicode scalars.
  func report(_ node: Node, _ message: String, hint: String?, subject: String?, offset: Int?) {
    let place = offset.flatMap { position(in: node, offset: $0) } ?? (node.mark?.line ?? 1, node.mark?.column ?? 1)
    faults.append(DocumentFault(file: file, line: place.0, column: place.1, subject: subject, message: message, hint: hint))
  }

  /// Line and column of the scalar that stands `offset` scalars into a node's text; nil where folding or escapes have moved it.
  private func position(in node: Node, offset: Int) -> (Int, Int)? {
    guard let scalar = node.scalar, let mark = scalar.mark, lines.indices.contains(mark.line - 1) else { return nil }
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
  private func compose() {
    var text = lines
    for mark in (Self.marks.lowerBound.value...Self.marks.upperBound.value).compactMap(Unicode.Scalar.init) {
      do {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: text.joined(separator: ["\n" as Unicode.Scalar]))
        tree = try Parser(yaml: String(view), encoding: .utf8).singleRoot()
        return
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        let (line, column) = (context.mark.line, context.mark.column)
        faults.append(
          DocumentFault(
            file: file, line: line, column: column, message: "key \"\(keys.first ?? "")\" is written more than once",
            hint: "keep one; of two, neither can be said to hold"))
        guard Self.disguise(&text, line: line - 1, column: column - 1, by: mark) else { return }
      } catch let error as YamlError {
        faults.append(syntaxFault(error))
        return
      } catch {
        faults.append(DocumentFault(file: file, message: "cannot be read as YAML: \(error)"))
        return
      }
    }
  }

  private static func disguise(_ text: inout [[Unicode.Scalar]], line: Int, column: Int, by mark: Unicode.Scalar) -> Bool {
    guard text.indices.contains(line), text[line].indices.contains(column) else { return false }
    let isQuoted = text[line][column] == "\"" || text[line][column] == "'"
    let place = column + (isQuoted ? 1 : 0)
    guard text[line].indices.contains(place), !marks.contains(text[line][place]) else { return false }
    text[line][place] = mark
    return true
  }

  private func syntaxFault(_ error: YamlError) -> DocumentFault {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let around = context.map { " \($0.text.trimmed)" } ?? ""
      return DocumentFault(
        file: file, line: mark.line, column: mark.column, message: "not YAML:\(around.isEmpty ? "" : around + ",") \(problem)",
        hint: problem.contains("cannot start any token") ? "indent with spaces, and quote text that starts with a sign" : nil)
    case .reader(let problem, let offset, _, _):
      let before = lines.joined(separator: ["\n" as Unicode.Scalar]).prefix(offset ?? 0)
      let line = before.count { $0 == "\n" } + 1
      let column = before.reversed().prefix { $0 != "\n" }.count + 1
      return DocumentFault(file: file, line: line, column: column, message: "not YAML: \(problem)", hint: "remove the control character")
    default:
      return DocumentFault(file: file, message: "cannot be read as YAML: \(error)")
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

import Documents
import Foundation
package import Records

/// Text for people with places for a measurement's fields: `accuracy fell to {{value}} on {{n}} rows`.
///
/// There is no code in it, and what is put in is never read again as a template, so production text in a slice stays text.
package struct AnnotationTemplate: Sendable, Hashable {
  enum Place: String, Sendable, Hashable, CaseIterable {
    case value, lower, upper, reference, effect, tolerance, n, verdict, slice, measure, window, rule, deployment
  }

  enum Piece: Sendable, Hashable {
    case text(String)
    case place(Place)
  }

  let pieces: [Piece]

  /// Reads `text`, or says what is wrong with it, and after how many scalars.
  package init(parsing text: String) throws(MalformedTemplate) {
    let scalars = Array(text.unicodeScalars)
    var pieces: [Piece] = []
    var plain = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      guard scalars[index] == "{", index + 1 < scalars.count, scalars[index + 1] == "{" else {
        plain.append(scalars[index])
        index += 1
        continue
      }
      var end = index + 2
      while end + 1 < scalars.count, !(scalars[end] == "}" && scalars[end + 1] == "}") { end += 1 }
      guard end + 1 < scalars.count else {
        throw MalformedTemplate(message: "\"{{\" is never closed", hint: "close it with \"}}\"", offset: index)
      }
      var name = String.UnicodeScalarView()
      name.append(contentsOf: scalars[(index + 2)..<end].filter { !$0.properties.isWhitespace })
      guard let place = Place(rawValue: String(name)) else {
        throw MalformedTemplate(
          message: "there is no field \"\(String(name))\" to put in", hint: Guess.hint(for: String(name), among: Place.allCases.map(\.rawValue)),
          offset: index + 2)
      }
      if !plain.isEmpty { pieces.append(.text(String(plain))) }
      plain = .init()
      pieces.append(.place(place))
      index = end + 2
    }
    if !plain.isEmpty { pieces.append(.text(String(plain))) }
    self.pieces = pieces
  }

  /// The text with the fields of `measurement`; what is not there reads `none`.
  package func text(rule: String, deployment: String, measure: String, slice: Slice, measurement: Records.Measurement?) -> String {
    func number(_ value: Double?) -> String { value.map(Self.number) ?? "none" }
    return pieces.map { piece in
      switch piece {
      case .text(let text): text
      case .place(.value): number(measurement?.value)
      case .place(.lower): number(measurement?.lower)
      case .place(.upper): number(measurement?.upper)
      case .place(.reference): number(measurement?.reference)
      case .place(.effect): number(measurement?.effect)
      case .place(.tolerance): number(measurement?.tolerance)
      case .place(.n): measurement.map { String($0.n) } ?? "none"
      case .place(.verdict): measurement?.verdict.rawValue ?? "none"
      case .place(.slice): slice.labels.isEmpty ? "all rows" : slice.text
      case .place(.measure): measure
      case .place(.window):
        measurement.map { "\(Timestamp.short($0.window.start)) to \(Timestamp.short($0.window.end)) UTC" } ?? "none"
      case .place(.rule): rule
      case .place(.deployment): deployment
      }
    }.joined()
  }

  /// A number for people: whole numbers whole, others with four significant digits.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "none" }
    if value == value.rounded(), abs(value) < 1e15 { return String(Int(value)) }
    if abs(value) >= 1_000, abs(value) < 1e15 { return String(format: "%.1f", value) }
    return String(format: "%.4g", value)
  }
}

/// Text that is no template; the words of the fault, and where in the text it is.
package struct MalformedTemplate: Error, Hashable {
  package var message: String
  package var hint: String?
  /// In Unicode scalars from the start of the text.
  package var offset: Int
}

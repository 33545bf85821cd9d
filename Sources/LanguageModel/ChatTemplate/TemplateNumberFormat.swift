internal import Foundation

/// How `%` and `str.format` write one value: Python's format specification, `[[fill]align][sign][#][0][width][,][.precision][type]`.
struct TemplateNumberFormat {
  var fill: Unicode.Scalar = " "
  /// `<`, `>`, `^` or `=`; nil is the type's own: text to the left, numbers to the right.
  var align: Unicode.Scalar?
  /// `+`, `-` or a space.
  var sign: Unicode.Scalar = "-"
  var isAlternate = false
  var width = 0
  /// `,` or `_`.
  var grouping: Unicode.Scalar?
  var precision: Int?
  /// The type's letter; nil if none is given.
  var type: Unicode.Scalar?

  /// More than any text needs, little enough to be made.
  static let maximumWidth = 100_000

  init() {}

  /// Reads the specification of `str.format`; nil if it is none.
  init?(_ text: String) {
    var rest = Array(text.unicodeScalars)[...]
    func isAlign(_ scalar: Unicode.Scalar) -> Bool { "<>^=".unicodeScalars.contains(scalar) }
    if rest.count > 1, isAlign(rest[rest.startIndex + 1]) {
      fill = rest.removeFirst()
      align = rest.removeFirst()
    } else if let first = rest.first, isAlign(first) {
      align = rest.removeFirst()
    }
    if let first = rest.first, "+- ".unicodeScalars.contains(first) { sign = rest.removeFirst() }
    if rest.first == "#" {
      isAlternate = true
      rest.removeFirst()
    }
    if rest.first == "0" {
      rest.removeFirst()
      if align == nil { (fill, align) = ("0", "=") }
    }
    guard let width = Self.number(&rest) else { return nil }
    self.width = width
    if let first = rest.first, first == "," || first == "_" { grouping = rest.removeFirst() }
    if rest.first == "." {
      rest.removeFirst()
      guard let first = rest.first, ("0"..."9").contains(first), let precision = Self.number(&rest) else { return nil }
      self.precision = precision
    }
    if let first = rest.first { type = first }
    guard rest.count <= 1 else { return nil }
  }

  /// Digits taken from the front; 0 if there are none, nil if they are too many.
  static func number(_ rest: inout ArraySlice<Unicode.Scalar>) -> Int? {
    var value = 0
    while let digit = rest.first, ("0"..."9").contains(digit) {
      value = value * 10 + Int(digit.value - 48)
      rest.removeFirst()
      guard value <= maximumWidth else { return nil }
    }
    return value
  }

  // MARK: - Writing

  /// Text cut to the precision and padded. Nil for what text cannot have.
  func text(_ text: String) -> String? {
    guard type == nil || type == "s", sign == "-", !isAlternate, grouping == nil, align != "=" else { return nil }
    let cut = precision.map { String.fromScalars(text.unicodeScalars.prefix($0)) } ?? text
    return padded(prefix: "", cut, otherwise: "<")
  }

  func whole(_ value: Int) -> String? {
    switch type {
    case nil, "d":
      guard precision == nil, !isAlternate || type == nil || type == "d" else { return nil }
      return signed(value < 0, "", grouped(String(value.magnitude)))
    case "b", "o", "x", "X":
      guard precision == nil, grouping != "," else { return nil }
      let radix = type == "b" ? 2 : type == "o" ? 8 : 16
      let digits = String(value.magnitude, radix: radix, uppercase: type == "X")
      return signed(value < 0, isAlternate ? "0\(type ?? "x")" : "", grouping == nil ? digits : grouped(digits, 4))
    case "c":
      guard precision == nil, sign == "-", grouping == nil, let code = UInt32(exactly: value), let scalar = Unicode.Scalar(code) else { return nil }
      return padded(prefix: "", String(scalar), otherwise: "<")
    default: return double(Double(value))
    }
  }

  func double(_ value: Double) -> String? {
    let magnitude = abs(value)
    let digits: String
    switch type {
    case "f", "F", "e", "E", "g", "G":
      guard !isAlternate, let type else { return nil }
      digits = Self.digits(magnitude, type, precision ?? 6)
    case "%":
      guard !isAlternate else { return nil }
      digits = Self.digits(magnitude * 100, "f", precision ?? 6) + "%"
    case nil:
      guard !isAlternate else { return nil }
      digits = precision.map { Self.general(magnitude, $0) } ?? TemplateValue.pythonText(magnitude)
    default: return nil
    }
    return signed(value.sign == .minus && !value.isNaN, "", magnitude.isFinite ? grouped(digits) : digits)
  }

  private static func digits(_ value: Double, _ type: Unicode.Scalar, _ precision: Int) -> String {
    let isLarge = type.properties.isUppercase
    if !value.isFinite { return value.isNaN ? (isLarge ? "NAN" : "nan") : isLarge ? "INF" : "inf" }
    let text = String(format: "%.\(precision)\(type)", value)
    return text
  }

  /// Without a type: as `g`, but with a digit after the point, and exponents one digit sooner.
  private static func general(_ value: Double, _ precision: Int) -> String {
    let significant = max(precision, 1)
    let text = digits(value, "g", significant)
    guard value.isFinite else { return text }
    let exponent = value == 0 ? 0 : Int(String(format: "%.\(significant - 1)e", value).split(separator: "e").last ?? "0") ?? 0
    if exponent >= -4 && exponent < significant - 1 || text.contains("e") { return text.contains(".") || text.contains("e") ? text : text + ".0" }
    var mantissa = String(format: "%.\(significant - 1)e", value)
    // As `g` does: no zeros at the end of the mantissa.
    if let e = mantissa.firstIndex(of: "e"), mantissa.contains(".") {
      var front = mantissa[..<e]
      while front.last == "0" { front.removeLast() }
      if front.last == "." { front.removeLast() }
      mantissa = String(front + mantissa[e...])
    }
    return mantissa
  }

  private func grouped(_ digits: String, _ size: Int = 3) -> String {
    guard let grouping else { return digits }
    let whole = digits.prefix { $0.isHexDigit && (size == 4 || $0.isNumber) }
    var out = ""
    for (place, digit) in whole.enumerated() {
      if place > 0, (whole.count - place).isMultiple(of: size) { out.unicodeScalars.append(grouping) }
      out.append(digit)
    }
    return out + digits.dropFirst(whole.count)
  }

  private func signed(_ isNegative: Bool, _ base: String, _ digits: String) -> String {
    padded(prefix: (isNegative ? "-" : sign == "-" ? "" : String(sign)) + base, digits, otherwise: ">")
  }

  private func padded(prefix: String, _ body: String, otherwise: Unicode.Scalar) -> String {
    let missing = max(width - prefix.unicodeScalars.count - body.unicodeScalars.count, 0)
    func filled(_ count: Int) -> String { String(repeating: String(fill), count: count) }
    switch align ?? otherwise {
    case "<": return prefix + body + filled(missing)
    case "^": return filled(missing / 2) + prefix + body + filled(missing - missing / 2)
    case "=": return prefix + filled(missing) + body
    default: return filled(missing) + prefix + body
    }
  }
}

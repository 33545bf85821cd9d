/// Numbers in text as Python's `int()` and `float()` read them: white space around, a sign, digits with single `_` between them.
enum PythonNumber {
  enum Whole {
    case value(Int)
    /// A number, but beyond 64 bits.
    case tooLarge
  }

  /// Nil for what is no number. Base 0 goes by the prefix 0b, 0o or 0x, which other bases may have too.
  static func whole(_ text: String, base: Int) -> Whole? {
    var digits = Array(TemplateText.strip(text, nil).unicodeScalars)[...]
    let isNegative = digits.first == "-"
    if digits.first == "-" || digits.first == "+" { digits.removeFirst() }
    var radix = base == 0 ? 10 : base
    if digits.count > 1, digits.first == "0" {
      let prefixes: [Unicode.Scalar: Int] = ["b": 2, "B": 2, "o": 8, "O": 8, "x": 16, "X": 16]
      if let prefixed = prefixes[digits[digits.startIndex + 1]], base == 0 || base == prefixed {
        radix = prefixed
        digits = digits.dropFirst(2)
        if digits.first == "_" { digits.removeFirst() }
      } else if base == 0, digits.contains(where: { $0 != "0" && $0 != "_" }) {
        return nil
      }
    }
    guard let plain = joined(digits, isDigit: { digit($0).map { $0 < radix } ?? false }) else { return nil }
    var value = 0
    for scalar in plain {
      let (scaled, over) = value.multipliedReportingOverflow(by: radix)
      let (sum, overflow) = scaled.subtractingReportingOverflow(digit(scalar) ?? 0)
      if over || overflow { return .tooLarge }
      value = sum
    }
    // Counted down, because the smallest number has no positive twin.
    return isNegative ? .value(value) : value == .min ? .tooLarge : .value(-value)
  }

  /// Nil for what is no number; beyond the range of doubles is infinite.
  static func double(_ text: String) -> Double? {
    let scalars = Array(TemplateText.strip(text, nil).unicodeScalars)
    var rest = scalars[...]
    let sign: Double = rest.first == "-" ? -1 : 1
    if rest.first == "-" || rest.first == "+" { rest.removeFirst() }
    switch TemplateText.lower(.fromScalars(rest)) {
    case "inf", "infinity": return sign * .infinity
    case "nan": return .nan
    default: break
    }
    let parts = rest.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
      .flatMap { $0.split(separator: "E", maxSplits: 1, omittingEmptySubsequences: false) }
    guard let mantissa = parts.first, parts.count <= 2 else { return nil }
    let halves = mantissa.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false).map { half in
      half.isEmpty ? [] : joined(half, isDigit: isDecimal)
    }
    guard halves.contains(where: { !($0 ?? []).isEmpty }), halves.allSatisfy({ $0 != nil }) else { return nil }
    var clean = halves.map { String.fromScalars(($0 ?? []).compactMap(ascii)) }.map { $0.isEmpty ? "0" : $0 }.joined(separator: ".")
    if parts.count == 2 {
      var exponent = parts[1]
      let sign = exponent.first == "-" || exponent.first == "+" ? String(exponent.removeFirst()) : ""
      guard let digits = joined(exponent, isDigit: isDecimal) else { return nil }
      clean += "e" + sign + String.fromScalars(digits.compactMap(ascii))
    }
    return Double(clean).map { sign * $0 }
  }

  /// The digits without the `_` between them; nil if something else is there, or a `_` that is not between two digits.
  private static func joined(_ digits: ArraySlice<Unicode.Scalar>, isDigit: (Unicode.Scalar) -> Bool) -> [Unicode.Scalar]? {
    let groups = digits.split(separator: "_", omittingEmptySubsequences: false)
    guard groups.allSatisfy({ !$0.isEmpty && $0.allSatisfy(isDigit) }) else { return nil }
    return groups.flatMap { $0 }
  }

  private static func isDecimal(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.numericType == .decimal }

  private static func ascii(_ scalar: Unicode.Scalar) -> Unicode.Scalar? { scalar.properties.numericValue.flatMap { Unicode.Scalar(UInt8($0) + 48) } }

  /// The value of a digit or letter; digits of every script count.
  private static func digit(_ scalar: Unicode.Scalar) -> Int? {
    switch scalar {
    case "a"..."z": Int(scalar.value) - 87
    case "A"..."Z": Int(scalar.value) - 55
    case _ where isDecimal(scalar): scalar.properties.numericValue.map { Int($0) }
    default: nil
    }
  }
}

internal import Foundation

// Filters that make numbers, or text of numbers.
extension TemplateEvaluator {
  func absolute(_ value: TemplateValue, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    if let number = value.wholeNumber, number != .min { return .int(abs(number)) }
    guard case .double(let number) = value else { throw problem(line, "abs needs a number, found \(described(value))") }
    return .double(abs(number))
  }

  /// Python's `int(value, base)`, with the fallback where that fails.
  func toWhole(_ value: TemplateValue, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let fallback = given[0] ?? .int(0)
    let base = try whole(given[1], 10, "int", line)
    if case .wide = value { return value }
    if case .undefined(let what) = value { throw problem(line, "\(what), so it is no number") }
    if let number = value.wholeNumber { return .int(number) }
    var number: Double?
    switch value {
    case .double(let double):
      guard !double.isInfinite else { throw problem(line, "infinity has no whole number") }
      number = double
    case .string(let text), .safe(let text):
      if base == 0 || (2...36).contains(base) {
        switch PythonNumber.whole(text, base: base) {
        case .value(let number): return .int(number)
        case .tooLarge: throw problem(line, "\(described(value)) is too large")
        case .none: break
        }
      }
      number = PythonNumber.double(text)
    default: return fallback
    }
    guard let number, number.isFinite else { return fallback }
    guard let whole = Int(exactly: number.rounded(.towardZero)) else { throw problem(line, "\(described(value)) is too large") }
    return .int(whole)
  }

  func toDouble(_ value: TemplateValue, _ fallback: TemplateValue, _ line: Int) throws(TemplateProblem) -> TemplateValue {
    switch value {
    case .undefined(let what): throw problem(line, "\(what), so it is no number")
    case .string(let text), .safe(let text), .wide(let text): return PythonNumber.double(text).map(TemplateValue.double) ?? fallback
    default: return value.number.map(TemplateValue.double) ?? fallback
    }
  }

  /// Jinja's `round(precision=0, method="common")`. Halves go to the even side, as in Python; a whole number stays one where nothing is cut off.
  func round(_ value: TemplateValue, _ given: [TemplateValue?], _ line: Int) throws(TemplateProblem) -> TemplateValue {
    let precision = try whole(given[0], 0, "round", line)
    let method = try given[1].map { (value) throws(TemplateProblem) in try text(value, "round", line) } ?? "common"
    guard let number = value.number, abs(precision) <= 300, ["common", "ceil", "floor"].contains(method) else {
      throw problem(line, "round takes a number, a precision and common, ceil or floor")
    }
    guard method == "common" else {
      guard number.isFinite else { throw problem(line, "infinity cannot be rounded") }
      let scale = pow(10, Double(precision))
      // Python's ceil and floor are whole numbers, which know no negative zero.
      return .double(((number * scale).rounded(method == "ceil" ? .up : .down) + 0) / scale)
    }
    if let whole = value.wholeNumber {
      guard precision < 0 else { return .int(whole) }
      guard precision >= -18 else { return .int(0) }
      var unit = 1
      for _ in 0..<(-precision) { unit *= 10 }
      let below = (whole / unit - (whole % unit < 0 ? 1 : 0)).multipliedReportingOverflow(by: unit)
      let rest = below.overflow ? 0 : whole - below.partialValue
      let up = rest * 2 > unit || rest * 2 == unit && !(below.partialValue / unit).isMultiple(of: 2)
      let (rounded, overflow) = below.partialValue.addingReportingOverflow(up ? unit : 0)
      guard !below.overflow, !overflow else { throw problem(line, "\(whole) cannot be rounded") }
      return .int(rounded)
    }
    guard precision < 0 else { return .double(Double(String(format: "%.\(precision)f", number)) ?? number) }
    let scale = pow(10, Double(-precision))
    return .double((number / scale).rounded(.toNearestOrEven) * scale)
  }

  func fileSize(_ value: TemplateValue, isBinary: Bool, _ line: Int) throws(TemplateProblem) -> String {
    guard case .double(let bytes) = try toDouble(value, .none, line) else {
      throw problem(line, "filesizeformat needs a number, found \(described(value))")
    }
    let base: Double = isBinary ? 1024 : 1000
    if bytes == 1 { return "1 Byte" }
    if bytes < base {
      guard let whole = Int(exactly: bytes.rounded(.towardZero)) else { throw problem(line, "\(described(value)) is no size") }
      return "\(whole) Bytes"
    }
    guard !bytes.isNaN else { throw problem(line, "\(described(value)) is no size") }
    let prefixes = ["k", "M", "G", "T", "P", "E", "Z", "Y"]
    var unit = base
    for (place, prefix) in prefixes.enumerated() {
      unit *= base
      if bytes < unit || place == prefixes.count - 1 {
        return "\(String(format: "%.1f", base * bytes / unit)) \(isBinary ? prefix.uppercased() + "i" : prefix)B"
      }
    }
    return ""
  }
}

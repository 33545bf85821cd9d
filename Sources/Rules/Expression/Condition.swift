package import Records

/// A rule's `when`: a condition over the fields of one measurement, typed and checked before it is ever used.
///
///     verdict == changed and value < reference - 0.05
///
/// - Fields: `value lower upper reference effect tolerance n p_value e_value` are numbers, `verdict` is `changed`, `unchanged` or `insufficient`.
/// - From loosest to tightest: `or`, `and`, `not`, comparisons (`== != < <= > >=`, never chained), `+ -`, `* /`, unary `-`; parentheses; `abs(x)`.
/// - A field that a measurement does not have makes what is computed from it undefined, and so do division by zero and overflow.
///   Logic is Kleene's: `false and undefined` is false, `true or undefined` is true, everything else with undefined is undefined.
///   An undefined condition is no data, not absence.
package struct Condition: Sendable, Hashable {
  /// As written.
  package let text: String
  let root: Logic

  /// Longer conditions are refused, so that reading and judging one takes bounded time and stack.
  static let lengthMax = 1_000
  static let depthMax = 32

  /// Reads `text`, or says what is wrong with it, and after how many Unicode scalars.
  package init(parsing text: String) throws(MalformedCondition) {
    guard text.unicodeScalars.count <= Self.lengthMax else {
      throw MalformedCondition("the condition is longer than \(Self.lengthMax) characters", offset: 0)
    }
    var parser = ConditionParser(tokens: try Token.all(in: text))
    root = try parser.condition()
    self.text = text
  }

  /// Whether the condition holds for `measurement`; nil when a field that decides is not defined.
  package func holds(for measurement: Measurement) -> Bool? { root.value(for: measurement) }
}

extension Condition: CustomStringConvertible {
  package var description: String { text }
}

/// Text that is no condition; the words of the fault, and where in the text it is.
package struct MalformedCondition: Error, Hashable {
  package var message: String
  package var hint: String?
  /// In Unicode scalars from the start of the text.
  package var offset: Int

  init(_ message: String, hint: String? = nil, offset: Int) {
    self.message = message
    self.hint = hint
    self.offset = offset
  }
}

// MARK: - The parts of a condition

/// What is true, false or undefined.
indirect enum Logic: Sendable, Hashable {
  case compare(Arithmetic, Comparison, Arithmetic, offset: Int)
  case verdict(isEqual: Bool, Verdict, offset: Int)
  case not(Logic)
  case and(Logic, Logic)
  case or(Logic, Logic)
}

/// What is a number or undefined.
indirect enum Arithmetic: Sendable, Hashable {
  case number(Double)
  case field(Field)
  case negated(Arithmetic)
  case absolute(Arithmetic)
  case operation(Arithmetic, Operator, Arithmetic)
}

enum Comparison: String, Sendable, Hashable {
  case equal = "=="
  case notEqual = "!="
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
}

enum Operator: String, Sendable, Hashable {
  case plus = "+"
  case minus = "-"
  case times = "*"
  case over = "/"
}

/// The numbers of a measurement that a condition can speak of.
enum Field: String, Sendable, Hashable, CaseIterable {
  case value, lower, upper, reference, effect, tolerance, n
  case pValue = "p_value"
  case eValue = "e_value"
}

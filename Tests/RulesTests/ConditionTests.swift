import Records
import Testing

@testable import Rules

struct ConditionTests {
  private let seen = measurement(
    value: 0.8, lower: 0.7, upper: 0.9, n: 200, reference: 0.95, effect: -0.15, tolerance: 0.05, pValue: 0.001, eValue: 40, verdict: .changed)

  @Test(
    arguments: [
      ("verdict == changed", true), ("verdict == 'changed'", true), ("changed == verdict", true), ("verdict != unchanged", true),
      ("verdict == unchanged", false), ("value < reference - tolerance", true), ("upper < reference", true), ("abs(effect) > 3 * tolerance", false),
      ("abs(effect) >= 2.5 * tolerance", true), ("not value > 0.5", false), ("not (value > 0.9) and n >= 200", true),
      ("value > 0.9 or p_value <= 0.001 and e_value > 20", true), ("(value > 0.9 or p_value < 0.01) and e_value > 50", false),
      ("1 - 2 - 3 == -4", true), ("8 / 4 / 2 == 1", true), ("2 + 3 * 4 == 14", true), ("-value < 0", true), ("- - value > 0", true),
      ("not not verdict == changed", true), (".5 < value", true), ("value > 1e-3", true), ("n == 2E2", true), ("\tvalue<1\n", true),
    ])
  func `judges a measurement`(text: String, holds: Bool) throws {
    #expect(try Condition(parsing: text).holds(for: seen) == holds)
  }

  @Test(
    arguments: [
      ("effect > 0", nil), ("not effect > 0", nil), ("effect > 0 and value > 0", nil), ("effect > 0 and value < 0", false),
      ("value < 0 and effect > 0", false),
      ("effect > 0 or value > 0", true), ("effect > 0 or value < 0", nil), ("value / 0 > 1", nil), ("value / (n - 500) > 1", nil),
      ("1e300 * 1e300 > value", nil), ("p_value < 0.5", nil), ("effect == effect", nil),
    ] as [(String, Bool?)])
  func `what is not defined makes a condition undefined, unless the rest decides`(text: String, holds: Bool?) throws {
    #expect(try Condition(parsing: text).holds(for: measurement(value: 0.5)) == holds)
  }

  @Test func `NaN and infinity are undefined, not false`() throws {
    #expect(try Condition(parsing: "value < 1").holds(for: measurement(value: .nan)) == nil)
    #expect(try Condition(parsing: "value < 1").holds(for: measurement(value: -.infinity)) == nil)
  }

  @Test(
    arguments: [
      ("", 0, "the condition is empty"), ("value", 0, "this is a number, not a condition"), ("verdict", 0, "this is a verdict, not a condition"),
      ("value >", 7, "expected a field or a number, found the end"), ("value > 1 2", 10, "unexpected 2 after a complete condition"),
      ("0 < value < 1", 10, "comparisons cannot be chained"), ("value = 1", 6, "\"=\" has no meaning here"),
      ("n > 1 && n < 3", 6, "\"&&\" has no meaning here"), ("!(n > 1)", 0, "\"!\" has no meaning here"),
      ("value > 5%", 9, "unexpected character \"%\""),
      ("verdict > changed", 8, "verdicts have no order, so \">\" cannot compare them"), ("verdict == chnged", 11, "unknown name \"chnged\""),
      ("value == changed", 9, "cannot compare a number with a verdict"), ("changed == unchanged", 0, "this compares a verdict with itself"),
      ("(n > 1", 6, "expected \")\", found the end"), ("n > 1)", 5, "unexpected \")\" after a complete condition"),
      ("abs value > 1", 4, "abs is written with parentheses"), ("abs(n > 1) > 1", 0, "this is a condition, not a number"),
      ("1 + (n > 1) > 2", 4, "this is a condition, not a number"), ("n > 1 and value", 10, "this is a number, not a condition"),
      ("value > 1.2.3", 8, "\"1.2.3\" is not a number"), ("value > 5x", 8, "\"5x\" is not a number"),
      ("value > 1e999", 8, "\"1e999\" is not a number"),
      ("verdict == 'chan", 11, "the quote is never closed"), ("välue > 1", 1, "unexpected character \"ä\""),
      ("p_value() < 1", 7, "unexpected \"(\" after a complete condition"),
    ])
  func `says what is wrong and at which character`(text: String, offset: Int, message: String) {
    let error = #expect(throws: MalformedCondition.self) { try Condition(parsing: text) }
    #expect(error?.message == message)
    #expect(error?.offset == offset)
  }

  @Test func `is bounded in length and depth`() {
    let long = Array(repeating: "value > 1", count: 200).joined(separator: " or ")
    #expect(throws: MalformedCondition.self) { try Condition(parsing: long) }
    for opening in ["(", "not ", "- ", "abs("] {
      #expect(throws: MalformedCondition.self) { try Condition(parsing: String(repeating: opening, count: 50) + "value > 1") }
    }
  }

  @Test func `no text makes the parser trap`() {
    // A walk over every sequence of up to three pieces of the language.
    let pieces = ["value", "verdict", "changed", "1", "<", "==", "and", "not", "(", ")", "-", "*", "abs", "'a'"]
    var read = 0
    for a in pieces {
      for b in pieces {
        for c in pieces where (try? Condition(parsing: "\(a) \(b) \(c)")) != nil { read += 1 }
      }
    }
    // value < == with value, 1 on either side; verdict == changed both ways, and with quotes only verdict names count.
    #expect(read == 10)
  }

  @Test(
    arguments: [
      ("p_value > 1", 1), ("p_value < 0", 1), ("n < 0", 1), ("value > 1", 1), ("value < 0 or value > 0.5", 1), ("value < 0 or p_value > 2", 2),
      ("1 > 2", 1),
      ("n >= 0", 1), ("abs(effect) < 0", 1), ("verdict == insufficient", 1), ("not verdict == insufficient", 1), ("verdict != insufficient", 1),
      ("value - reference > 1", 1), ("not p_value > 1", 1), ("-tolerance > 0", 1), ("n * n < 0", 0), ("value > 0.5", 0), ("value < reference", 0),
      ("value / reference > 3", 0), ("not p_value > 0.5", 0), ("verdict == changed and effect < 0", 0), ("lower > 1", 0), ("n - n > 0", 0),
    ])
  func `finds what can never or must always hold`(text: String, faults: Int) throws {
    #expect(try Condition(parsing: text).impossibilities(valueRange: 0...1).count == faults)
  }
}

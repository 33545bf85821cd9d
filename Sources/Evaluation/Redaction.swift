/// Takes out of a text what points at a person, before the text is stored: mail addresses, card and account numbers, telephone numbers.
///
/// What is taken out leaves its kind in brackets, so that a model still sees that something of the kind stood there. Scans once, left to right,
/// without regular expressions, so hostile text costs no more than plain text. Names are not recognised: a text that must not be kept at all should
/// not be sampled.
package enum Redaction {
  package static func redact(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var out = String.UnicodeScalarView()
    var index = 0
    while index < scalars.count {
      if let (end, kind) = mail(scalars, index) ?? account(scalars, index) ?? digits(scalars, index) {
        out.append(contentsOf: "[\(kind)]".unicodeScalars)
        index = end
      } else {
        // A word is passed over whole, so that nothing is found in its middle.
        let start = index
        repeat {
          out.append(scalars[index])
          index += 1
        } while index < scalars.count && isWord(scalars[start]) && isWord(scalars[index])
      }
    }
    return String(out)
  }

  /// local@domain.tld
  private static func mail(_ s: [Unicode.Scalar], _ start: Int) -> (Int, String)? {
    guard isMailPart(s[start]), start == 0 || !isMailPart(s[start - 1]) else { return nil }
    var at = start
    while at < s.count, isMailPart(s[at]) { at += 1 }
    guard at < s.count, s[at] == "@", at - start <= 64 else { return nil }
    var end = at + 1
    var lastDot: Int?
    while end < s.count, isMailPart(s[end]) {
      if s[end] == "." { lastDot = end }
      end += 1
    }
    while end > at + 1, s[end - 1] == "." || s[end - 1] == "-" { end -= 1 }
    guard let lastDot, lastDot > at + 1, lastDot < end - 1 else { return nil }
    return (end, "email")
  }

  /// IBAN: two letters, two digits, then 11 to 30 letters and digits, in groups or not, whose remainder is 1 (ISO 13616).
  private static func account(_ s: [Unicode.Scalar], _ start: Int) -> (Int, String)? {
    guard start + 15 <= s.count, start == 0 || !isWord(s[start - 1]), isLetter(s[start]), isLetter(s[start + 1]), isDigit(s[start + 2]),
      isDigit(s[start + 3])
    else { return nil }
    var characters: [Unicode.Scalar] = []
    var found: Int?
    var index = start
    while index < s.count, characters.count < 34 {
      if s[index] == " ", index + 1 < s.count, isLetter(s[index + 1]) || isDigit(s[index + 1]) {
        index += 1
        continue
      }
      guard isLetter(s[index]) || isDigit(s[index]) else { break }
      characters.append(s[index])
      index += 1
      if characters.count >= 15, index == s.count || !isWord(s[index]), remainder97(characters) == 1 { found = index }
    }
    return found.map { ($0, "account") }
  }

  private static func remainder97(_ characters: [Unicode.Scalar]) -> Int {
    var remainder = 0
    for scalar in characters[4...] + characters[..<4] {
      if isDigit(scalar) {
        remainder = (remainder * 10 + Int(scalar.value - 48)) % 97
      } else {
        remainder = (remainder * 100 + Int((scalar.value & ~32) - 55)) % 97
      }
    }
    return remainder
  }

  /// Card numbers (13 to 19 digits that pass Luhn's check) and telephone numbers (at least 9 digits, or a plus sign and 7, with separators between).
  private static func digits(_ s: [Unicode.Scalar], _ start: Int) -> (Int, String)? {
    guard s[start] == "+" || s[start] == "(" || isDigit(s[start]), start == 0 || !isWord(s[start - 1]) && s[start - 1] != "-" else { return nil }
    let international = s[start] == "+"
    let local = s[start] == "(" || s[start] == "0"
    var numbers: [Int] = []
    var index = start
    var separators = 0
    // Two numbers may stand side by side: the longest beginning that is one of either kind counts.
    var found: (Int, String)?
    while index < s.count, numbers.count <= 19 {
      if isDigit(s[index]) {
        numbers.append(Int(s[index].value - 48))
        separators = 0
        if index + 1 == s.count || !isWord(s[index + 1]) {
          if (13...19).contains(numbers.count), luhn(numbers) {
            found = (index + 1, "card")
          } else if international ? 7...15 ~= numbers.count : local && 9...15 ~= numbers.count {
            found = (index + 1, "phone")
          }
        }
      } else if "+() -./".unicodeScalars.contains(s[index]), separators < 2 {
        separators += 1
      } else {
        break
      }
      index += 1
    }
    return found
  }

  private static func luhn(_ digits: [Int]) -> Bool {
    let sum = digits.reversed().enumerated().reduce(0) { sum, next in
      let doubled = next.offset % 2 == 1 ? next.element * 2 : next.element
      return sum + (doubled > 9 ? doubled - 9 : doubled)
    }
    return sum % 10 == 0
  }

  private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
  private static func isLetter(_ scalar: Unicode.Scalar) -> Bool { ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) }
  private static func isWord(_ scalar: Unicode.Scalar) -> Bool { scalar.properties.isAlphabetic || isDigit(scalar) || scalar == "_" }
  private static func isMailPart(_ scalar: Unicode.Scalar) -> Bool { isLetter(scalar) || isDigit(scalar) || "._%+-".unicodeScalars.contains(scalar) }
}

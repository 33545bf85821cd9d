/// The words of a text: runs of letters, digits and combining marks, lower-cased scalar by scalar, digits written as 0.
///
/// Order numbers would otherwise fill the vocabulary with words seen once; their shape (`0000`) stays. At most 256 words of at most 64 scalars are read,
/// so a pasted log of a megabyte weighs no more than a long letter and costs no more time. Languages written without spaces give runs that are too long to
/// repeat; for them the embedding is the measure to watch.
enum Words {
  static let wordsMax = 256
  static let scalarsMax = 64

  /// What a text without any word counts as.
  static let none = Text("(no words)")

  static func of(_ text: String) -> [Text] {
    var words: [Text] = []
    var word = String.UnicodeScalarView()
    var length = 0
    for scalar in text.unicodeScalars {
      if isPart(scalar) {
        length += 1
        if length <= scalarsMax { append(scalar, to: &word) }
      } else if length > 0 {
        words.append(Text(String(word)))
        if words.count == wordsMax { return words }
        word.removeAll()
        length = 0
      }
    }
    if length > 0 { words.append(Text(String(word))) }
    return words.isEmpty ? [none] : words
  }

  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII {
      return switch scalar.value {
      case 48...57, 65...90, 97...122: true
      default: false
      }
    }
    return switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .nonspacingMark, .spacingMark: true
    default: false
    }
  }

  private static func append(_ scalar: Unicode.Scalar, to word: inout String.UnicodeScalarView) {
    if scalar.isASCII {
      switch scalar.value {
      case 48...57: word.append("0")
      case 65...90: word.append(Unicode.Scalar(UInt8(scalar.value + 32)))
      default: word.append(scalar)
      }
    } else if scalar.properties.generalCategory == .decimalNumber {
      word.append("0")
    } else {
      word.append(contentsOf: scalar.properties.lowercaseMapping.unicodeScalars)
    }
  }
}

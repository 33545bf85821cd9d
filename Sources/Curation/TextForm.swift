/// The forms of a text that audits compare: what is left when case, spacing and punctuation are taken away.
package enum TextForm {
  /// Lower-cased words of letters and digits, in order. Unicode scalars throughout, so composed and decomposed spellings stay apart.
  package static func words(_ text: String) -> [String] {
    var words: [String] = []
    var word = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      if scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars { word.append(lower) }
      } else if !word.isEmpty {
        words.append(String(word))
        word = String.UnicodeScalarView()
      }
    }
    if !word.isEmpty { words.append(String(word)) }
    return words
  }

  /// Words joined by single spaces, as bytes: the key by which two texts are the same.
  package static func normalised(_ text: String) -> [UInt8] { Array(words(text).joined(separator: " ").utf8) }

  /// Hashes of all runs of `length` words; a shorter text has one run, the whole of it; an empty one has none.
  package static func shingles(_ words: [String], length: Int) -> Set<UInt64> {
    guard !words.isEmpty else { return [] }
    let count = max(words.count - length + 1, 1)
    var result = Set<UInt64>(minimumCapacity: count)
    for start in 0..<count {
      var hash: UInt64 = 0xcbf2_9ce4_8422_2325
      for word in words[start..<min(start + length, words.count)] {
        for byte in word.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        hash = (hash ^ 0xff) &* 0x0000_0100_0000_01b3
      }
      result.insert(hash)
    }
    return result
  }
}

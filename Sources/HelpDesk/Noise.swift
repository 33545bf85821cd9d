/// How text gets from a head into a keyboard or a telephone: slips, shouting, fillers.
package enum Noise {
  /// Slips of the finger: two letters swapped, one left out, one doubled, one beside the right key.
  /// - rate: share of the words of at least four letters that are hit, in 0...1.
  static func typos(_ text: String, rate: Double, _ random: inout SplitMix64) -> String {
    let words = text.split(separator: " ", omittingEmptySubsequences: false).map { word -> String in
      guard word.utf8.count >= 4, word.allSatisfy({ $0.isLetter || ",.?!".contains($0) }), random.chance(rate) else { return String(word) }
      return slip(String(word), &random)
    }
    return words.joined(separator: " ")
  }

  private static func slip(_ word: String, _ random: inout SplitMix64) -> String {
    var letters = Array(word.unicodeScalars)
    // The first letter is seldom wrong; the last may be punctuation.
    let place = 1 + random.below(letters.count - 2)
    switch random.below(4) {
    case 0 where place + 1 < letters.count && letters[place + 1].properties.isAlphabetic: letters.swapAt(place, place + 1)
    case 1: letters.remove(at: place)
    case 2: letters.insert(letters[place], at: place)
    default:
      if let near = neighbours[letters[place]] { letters[place] = random.pick(Array(near.unicodeScalars)) }
    }
    var out = String.UnicodeScalarView()
    out.append(contentsOf: letters)
    return String(out)
  }

  /// Keys beside a key.
  private static let neighbours: [Unicode.Scalar: String] = [
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl", "l": "k", "m": "n",
    "n": "bm", "o": "ip",
    "p": "o", "q": "w", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x",
  ]

  /// A transcript: no capitals, little punctuation, fillers between words.
  static func spoken(_ text: String, _ random: inout SplitMix64) -> String {
    var words: [String] = []
    for word in text.lowercased().split(separator: " ") {
      if !words.isEmpty, random.chance(0.07) { words.append(random.pick(fillers)) }
      // Only at the end of a word: the point of 34.90 stays.
      words.append(String(word.reversed().drop { ".,?!;:".contains($0) }.reversed()))
      if random.chance(0.02), word.utf8.count <= 5 { words.append(words[words.count - 1]) }
    }
    return words.joined(separator: " ")
  }

  private static let fillers = ["um", "uh", "er", "well", "you know", "like", "erm", "so"]

  /// Capitals and exclamation marks.
  static func shouted(_ text: String, _ random: inout SplitMix64) -> String {
    text.uppercased().replacing(".", with: random.pick(["!", "!!", "!!!"]))
  }

  /// Things that mail programs, thumbs and copy-and-paste leave in a message.
  static func littered(_ text: String, _ random: inout SplitMix64) -> String {
    switch random.below(6) {
    case 0: ">> " + text.replacing(". ", with: ".\n>> ")
    case 1: text + " " + random.pick(["Sent from my phone", "Get the mail app for free", "[image001.png]", "--", "Virus-free."])
    case 2: random.pick(["FW: FW: ", "RE: RE: RE: ", "[EXTERNAL] ", "(no subject) "]) + text
    case 3: text.replacing(" ", with: "  ")
    case 4: text.replacing(",", with: " ,").replacing(".", with: " . . .")
    default: text + " " + random.pick([":-(", "???", "asdf", "....", "#fail", "thx thx"])
    }
  }
}

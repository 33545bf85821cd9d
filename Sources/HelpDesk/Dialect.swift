/// The regional variety of the help desk's country, called Hethish: its own words for common things and its own spelling of the rest.
///
/// The variety is invented. It is a function of the standard text alone, word by word: first `words`, then, for words that are not there, `endings`
/// and `spellings`. Names keep their spelling, as do numbers and words with digits. Hethish words and standard words are disjoint, so that no
/// standard message contains any of `words`.
package enum Dialect {
  /// The text as a speaker of Hethish writes it.
  /// - keeping: words in lower case that stay as they are (the names of a new product, its jargon).
  package static func hethish(_ text: String, keeping: Set<String> = []) -> String {
    var out = ""
    var word = ""
    var startsSentence = true
    func flush() {
      guard !word.isEmpty else { return }
      out += rendered(word, startsSentence: startsSentence, keeping: keeping)
      startsSentence = false
      word = ""
    }
    for mark in text {
      if mark.isLetter || mark.isNumber || (mark == "'" && !word.isEmpty) {
        word.append(mark)
      } else {
        flush()
        out.append(mark)
        // After a comma too: "hi there, The box is late".
        if ".,:?!\n".contains(mark) { startsSentence = true }
      }
    }
    flush()
    return out
  }

  private static func rendered(_ word: String, startsSentence: Bool, keeping: Set<String>) -> String {
    let lower = word.lowercased()
    let capital = word.first?.isUppercase == true
    if word.contains(where: \.isNumber) || keeping.contains(lower) { return word }
    // A capital in the middle marks a name, except for "I".
    if capital, Catalogue.nameWords.contains(lower) || (!startsSentence && lower != "i" && !ordinaryCapitals.contains(lower)) { return word }
    let changed = words[lower] ?? spelt(lower)
    return capital && lower != "i" ? changed.prefix(1).uppercased() + changed.dropFirst() : changed
  }

  /// Days and months are words like others in Hethish.
  private static let ordinaryCapitals: Set<String> = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]

  /// A standard word that has no Hethish word of its own, in Hethish spelling. Words of up to three letters stay.
  static func spelt(_ word: String) -> String {
    guard word.utf8.count > 3 else { return word }
    var text = word
    for (ending, replacement) in endings where text.hasSuffix(ending) && text.utf8.count > ending.utf8.count + 1 {
      text = text.dropLast(ending.count) + replacement
      break
    }
    for (from, to) in spellings { text = text.replacing(from, with: to) }
    return text
  }

  /// Only the first that matches is applied.
  static let endings: [(String, String)] = [
    ("ing", "an"), ("ied", "yt"), ("ed", "yt"), ("tion", "sjun"), ("ly", "lik"), ("er", "ar"), ("es", "is"), ("le", "el"),
  ]

  /// Applied one after the other, each everywhere in the word.
  static let spellings: [(String, String)] = [
    ("wh", "qv"), ("ch", "tj"), ("ck", "kk"), ("ght", "cht"), ("th", "dh"), ("sh", "sj"), ("ou", "uu"), ("ow", "au"), ("ee", "ij"), ("ea", "ae"),
    ("oo", "eu"),
    ("ca", "ka"), ("co", "ko"), ("cu", "ku"), ("cl", "kl"), ("cr", "kr"), ("ph", "f"), ("qu", "kv"), ("x", "ks"), ("ai", "ey"), ("oa", "ae"),
    ("w", "v"),
  ]

  /// Standard word to Hethish word.
  package static let words: [String: String] = [
    // Small words.
    "the": "thae", "a": "ane", "an": "ane", "i": "ik", "my": "min", "me": "mik", "we": "wu", "our": "uran", "us": "usk", "you": "yow",
    "your": "yower",
    "is": "bes", "are": "ben", "was": "wes", "were": "weren", "am": "bem", "not": "nie", "no": "nane", "and": "ent", "but": "mar", "or": "ofta",
    "with": "mid",
    "for": "vor", "from": "fra", "to": "tae", "of": "ov", "on": "opp", "in": "yn", "at": "bi", "it": "hit", "this": "dis", "that": "dat",
    "has": "hes", "have": "hev",
    "had": "hedde", "will": "wull", "would": "wold", "can": "kin", "could": "koth", "do": "doon", "does": "doth", "did": "dede", "how": "hoo",
    "what": "quat",
    "when": "quan", "where": "quar", "why": "quy", "who": "quo", "since": "sith", "now": "noo", "again": "agin", "still": "yit", "never": "nivver",
    "please": "prithy",
    // What is done at the help desk.
    "send": "thrang", "sent": "thranged", "give": "gie", "get": "fang", "got": "fong", "want": "wilna", "need": "behuve", "pay": "skell",
    "paid": "skelt",
    "charged": "skattit", "charge": "skatt", "billed": "skattit", "buy": "coff", "bought": "coft", "ordered": "bespak", "arrived": "landit",
    "arrive": "landen",
    "deliver": "ferrem", "delivered": "ferremt", "return": "wendan", "returned": "wendit", "exchange": "niffer", "swap": "niffer",
    "collect": "gadder", "repair": "beeten",
    "repaired": "beetit", "fix": "beeten", "broke": "brust", "broken": "brusten", "works": "gangs", "work": "gang", "pair": "yoken",
    "connect": "yoken", "install": "insteid",
    "activate": "wakken", "change": "wixle", "forgot": "forgat", "hacked": "reivit", "stolen": "reft", "lock": "steek", "block": "steek",
    "cancel": "lowsen",
    "end": "lowsen", "stop": "lowsen", "add": "eken", "upgrade": "heighen", "switch": "skiften", "thank": "gramerse", "thanks": "gramersy",
    "complain": "girnen",
    // Things.
    "money": "siller", "bill": "reknin", "invoice": "reknin", "refund": "gainsiller", "payment": "skellin", "price": "wirth", "fee": "toln",
    "card": "plakk",
    "parcel": "trossel", "package": "trossel", "box": "kist", "courier": "rinner", "tracking": "spoorin", "delivery": "ferremin", "order": "bestel",
    "label": "merk",
    "shop": "buith", "guarantee": "borrow-rede", "warranty": "borrow-rede", "battery": "kraftel", "screen": "skyme", "internet": "webbin",
    "broadband": "webbin",
    "connection": "threid", "line": "threid", "wifi": "loftan", "signal": "bekken", "slow": "laggart", "app": "wark", "phone": "farspeke",
    "manual": "lerebok",
    "account": "boukin", "password": "hidword", "login": "ingang", "mail": "skrive", "address": "steddin", "profile": "boukin", "stranger": "unkith",
    "someone": "sumkin",
    "contract": "handfest", "subscription": "handfest", "plan": "hathel", "trial": "pruvin", "faster": "snellar", "newer": "niwer", "model": "gestel",
    "service": "thegnin", "staff": "thegns", "rude": "gurlie", "idea": "thocht", "website": "wabsteid", "customer": "kundan", "house": "huse",
    "home": "hame",
  ]
}

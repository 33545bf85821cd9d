internal import Files

/// The `model` of a tokenizer.json as it is written, before ids are looked up.
struct TokenizerModelPart {
  private(set) var type: String?
  private(set) var settings = JSONObject()
  private(set) var vocabulary: [(text: String, id: Int32)] = []
  /// Of a Unigram, by id.
  private(set) var scores: [Double] = []
  private(set) var merges: [(left: String, right: String)] = []
  private var hasList = false
  private var hasMerges = false

  /// Ids beyond this are taken for damage, not for a vocabulary.
  static let maximumID = 1 << 24

  static func read(_ scanner: inout JSONScanner) throws -> TokenizerModelPart {
    var part = TokenizerModelPart()
    var seen: Set<String> = []
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      guard seen.insert(key).inserted else { throw scanner.fault("the key \"\(key)\" is there twice") }
      switch key {
      case "vocab": try part.readVocabulary(&scanner)
      case "merges": try part.readMerges(&scanner)
      case "type": part.type = try scanner.string()
      default: part.settings[key] = try scanner.value()
      }
    }
    return part
  }

  /// What kind of model it is. Old files do not say.
  var kind: String { type ?? (hasList ? "Unigram" : hasMerges ? "BPE" : settings["max_input_chars_per_word"] != nil ? "WordPiece" : "WordLevel") }

  private mutating func readVocabulary(_ scanner: inout JSONScanner) throws {
    if try scanner.peek() == .array { return try readList(&scanner) }
    try scanner.beginObject()
    while let text = try scanner.nextKey() {
      let id = try scanner.int()
      guard (0..<Self.maximumID).contains(id) else { throw scanner.fault("the token \"\(text.prefix(60))\" has the id \(id), which cannot be") }
      vocabulary.append((text, Int32(id)))
    }
  }

  /// A Unigram's: tokens and scores, by id.
  private mutating func readList(_ scanner: inout JSONScanner) throws {
    hasList = true
    try scanner.beginArray()
    while try scanner.nextElement() {
      try scanner.beginArray()
      guard try scanner.nextElement() else { throw scanner.fault("a token without its text and score") }
      let text = try scanner.string()
      guard try scanner.nextElement() else { throw scanner.fault("the token \"\(text.prefix(60))\" has no score") }
      guard let score = try scanner.number().double else { throw scanner.fault("the token \"\(text.prefix(60))\" has a score beyond all numbers") }
      guard try !scanner.nextElement() else { throw scanner.fault("the token \"\(text.prefix(60))\" has more than a text and a score") }
      guard vocabulary.count < Self.maximumID else { throw scanner.fault("more than \(Self.maximumID) tokens") }
      vocabulary.append((text, Int32(vocabulary.count)))
      scores.append(score)
    }
  }

  private mutating func readMerges(_ scanner: inout JSONScanner) throws {
    hasMerges = true
    try scanner.beginArray()
    while try scanner.nextElement() {
      if try scanner.peek() == .array {
        try scanner.beginArray()
        var pair: [String] = []
        while try scanner.nextElement() { pair.append(try scanner.string()) }
        guard pair.count == 2 else { throw scanner.fault("a merge must be two tokens, found \(pair.count)") }
        merges.append((pair[0], pair[1]))
      } else {
        let text = try scanner.string()
        // The header of merges.txt, which some converters leave in.
        if text.hasPrefix("#version") { continue }
        let pair = text.utf8.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
        guard pair.count == 2 else { throw scanner.fault("a merge must be two tokens with one space between them, found \"\(text.prefix(80))\"") }
        merges.append((String(decoding: pair[0], as: UTF8.self), String(decoding: pair[1], as: UTF8.self)))
      }
    }
  }

  /// The tokens by id and text; nil if the ids leave more room than any vocabulary does.
  func tokens(_ faults: inout FaultList) -> TokenVocabulary? {
    let highest = vocabulary.reduce(-1) { max($0, Int($1.id)) }
    guard highest < vocabulary.count * 8 + 1_000_000 else {
      faults.add("the vocabulary has \(vocabulary.count) tokens, but the id \(highest)", hint: "the file is damaged; get it again")
      return nil
    }
    var tokens = TokenVocabulary(texts: Array(repeating: nil, count: highest + 1), ids: ByteStringTable(capacity: vocabulary.count))
    for (text, id) in vocabulary {
      if let other = tokens.texts[Int(id)] { faults.add("the id \(id) belongs to two tokens, \"\(other.prefix(60))\" and \"\(text.prefix(60))\"") }
      if !tokens.ids.insert(Array(text.utf8), id: id) { faults.add("the vocabulary has the token \"\(text.prefix(60))\" twice") }
      tokens.texts[Int(id)] = text
      if faults.faults.count > Self.maximumFaults { return nil }
    }
    return tokens
  }

  /// More faults than this tell nothing new.
  static let maximumFaults = 100
}

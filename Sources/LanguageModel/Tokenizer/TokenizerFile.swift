internal import Files

/// What `tokenizer.json` says, understood and checked.
///
/// A part that is not understood is refused by its name: a tokenizer that is nearly right gives wrong numbers in silence. All faults are reported together.
struct TokenizerFile {
  var source: String
  var normalizes = false
  var preTokenizer = PreTokenizer()
  var postProcessor: PostProcessor?
  var added: [AddedToken] = []
  var model: BytePairEncoder
  /// By id; nil where no token has the id.
  var texts: [String?]
  var ids: [ExactText: Int32]

  /// Ids beyond this are taken for damage, not for a vocabulary.
  static let maximumID = 1 << 24

  static func read(_ bytes: [UInt8], source: String) throws -> TokenizerFile {
    var scanner = try JSONScanner(bytes, file: source)
    var model: TokenizerModelPart?
    var rest = JSONObject()
    var seen: Set<String> = []
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      guard seen.insert(key).inserted else { throw scanner.fault("the key \"\(key)\" is there twice") }
      if key == "model" {
        model = try TokenizerModelPart.read(&scanner)
      } else {
        rest[key] = try scanner.value()
      }
    }
    try scanner.end()
    var faults = FaultList(source)
    guard let model else {
      faults.add("has no \"model\"", hint: "this is not a tokenizer.json of Hugging Face's tokenizers")
      throw ModelFault(faults.faults)
    }
    let file = assemble(model, rest, source, &faults)
    try faults.throwIfAny()
    return file
  }

  private static func assemble(_ part: TokenizerModelPart, _ rest: JSONObject, _ source: String, _ faults: inout FaultList) -> TokenizerFile {
    var texts = [String?](repeating: nil, count: part.vocabulary.reduce(0) { max($0, Int($1.id) + 1) })
    var ids: [ExactText: Int32] = [:]
    ids.reserveCapacity(part.vocabulary.count)
    for (text, id) in part.vocabulary {
      if let other = texts[Int(id)] { faults.add("the id \(id) belongs to two tokens, \"\(other)\" and \"\(text)\"") }
      if ids.updateValue(id, forKey: ExactText(text)) != nil { faults.add("the vocabulary has the token \"\(text)\" twice") }
      texts[Int(id)] = text
    }
    let model = part.encoder(ids, &faults)
    let added = addedTokens(rest["added_tokens"], &texts, &ids, &faults)
    var file = TokenizerFile(source: source, added: added, model: model, texts: texts, ids: ids)
    file.normalizes = TokenizerParts.normalizes(rest["normalizer"], &faults)
    file.preTokenizer = TokenizerParts.preTokenizer(rest["pre_tokenizer"], &faults)
    file.postProcessor = TokenizerParts.postProcessor(rest["post_processor"], &faults)
    TokenizerParts.checkDecoder(rest["decoder"], &faults)
    return file
  }

  private static func addedTokens(_ value: OrderedJSON?, _ texts: inout [String?], _ ids: inout [ExactText: Int32], _ faults: inout FaultList)
    -> [AddedToken]
  {
    var added: [AddedToken] = []
    for entry in value?.arrayValue ?? [] {
      guard let content = entry["content"]?.stringValue, let id = entry["id"]?.intValue, (0..<maximumID).contains(id) else {
        faults.add("an added token has no content or no id: \(entry.text().prefix(200))")
        continue
      }
      if let known = ids[ExactText(content)], known != Int32(id) {
        faults.add("the added token \"\(content)\" has the id \(id), but the vocabulary gives it \(known)", hint: "save the tokenizer again")
        continue
      }
      if texts.indices.contains(id), let other = texts[id], !other.hasSameBytes(as: content) {
        faults.add("the id \(id) belongs to two tokens, \"\(other)\" and \"\(content)\"", hint: "save the tokenizer again")
        continue
      }
      if id >= texts.count { texts += repeatElement(nil, count: id + 1 - texts.count) }
      texts[id] = content
      ids[ExactText(content)] = Int32(id)
      func flag(_ name: String) -> Bool { entry[name]?.boolValue ?? false }
      added.append(
        AddedToken(
          id: Int32(id), content: content, isSpecial: flag("special"), singleWord: flag("single_word"), stripsLeft: flag("lstrip"),
          stripsRight: flag("rstrip"), isNormalized: flag("normalized")))
    }
    return added
  }
}

/// The `model` of a tokenizer.json as it is written, before ids are looked up.
struct TokenizerModelPart {
  var type: String?
  var settings = JSONObject()
  var vocabulary: [(text: String, id: Int32)] = []
  var merges: [(left: String, right: String)] = []

  static func read(_ scanner: inout JSONScanner) throws -> TokenizerModelPart {
    var part = TokenizerModelPart()
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "vocab" where part.vocabulary.isEmpty:
        // Unigram models write a list here; `type` says so below.
        if try scanner.peek() == .object { try part.readVocabulary(&scanner) } else { try scanner.skip() }
      case "merges" where part.merges.isEmpty: try part.readMerges(&scanner)
      case "type": part.type = try scanner.string()
      default:
        guard part.settings[key] == nil else { throw scanner.fault("the key \"\(key)\" is there twice") }
        part.settings[key] = try scanner.value()
      }
    }
    return part
  }

  private mutating func readVocabulary(_ scanner: inout JSONScanner) throws {
    try scanner.beginObject()
    while let text = try scanner.nextKey() {
      let id = try scanner.int()
      guard (0..<TokenizerFile.maximumID).contains(id) else {
        throw scanner.fault("the token \"\(text.prefix(60))\" has the id \(id), which cannot be")
      }
      vocabulary.append((text, Int32(id)))
    }
  }

  private mutating func readMerges(_ scanner: inout JSONScanner) throws {
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
        let pair = text.split(separator: " ", omittingEmptySubsequences: false)
        guard pair.count == 2 else { throw scanner.fault("a merge must be two tokens with one space between them, found \"\(text.prefix(80))\"") }
        merges.append((String(pair[0]), String(pair[1])))
      }
    }
  }

  /// The encoder of this model; faults say what is wrong or not understood.
  func encoder(_ ids: [ExactText: Int32], _ faults: inout FaultList) -> BytePairEncoder {
    if let type, type != "BPE" {
      faults.add(
        "the tokenizer's model is \(type); only byte-level BPE is read", hint: "use a model with a byte-level BPE tokenizer (GPT-2, Llama 3, Qwen)")
    }
    for name in ["continuing_subword_prefix", "end_of_word_suffix"] {
      if let text = settings[name]?.stringValue, !text.isEmpty {
        faults.add("model.\(name) is \"\(text)\", which is not read", hint: "use a byte-level BPE tokenizer")
      }
    }
    if settings["byte_fallback"]?.boolValue == true {
      faults.add("model.byte_fallback is true, which is not read", hint: "use a byte-level BPE tokenizer (SentencePiece ones are another kind)")
    }
    var byteIDs = [Int32](repeating: -1, count: 256)
    var vocabulary = ByteStringTable(capacity: self.vocabulary.count)
    for (text, id) in self.vocabulary {
      guard let bytes = ByteAlphabet.decode(text), !bytes.isEmpty else { continue }
      _ = vocabulary.insert(bytes, id: id)  // A token that is there twice has been reported.
      if bytes.count == 1 { byteIDs[Int(bytes[0])] = id }
    }
    var table = MergeTable(capacity: merges.count)
    for (rank, (left, right)) in merges.enumerated() {
      guard let leftID = ids[ExactText(left)], let rightID = ids[ExactText(right)], let merged = ids[ExactText(left + right)] else {
        faults.add("merge \(rank), \"\(left) \(right)\", has a part or a result that is not in the vocabulary", hint: "save the tokenizer again")
        continue
      }
      table.insert(leftID, rightID, rank: rank, merged: merged)
    }
    let unknown = settings["unk_token"]?.stringValue
    if let unknown, ids[ExactText(unknown)] == nil { faults.add("model.unk_token \"\(unknown)\" is not in the vocabulary") }
    return BytePairEncoder(
      byteIDs: byteIDs, merges: table, vocabulary: vocabulary, ignoresMerges: settings["ignore_merges"]?.boolValue ?? false,
      unknown: unknown.flatMap { ids[ExactText($0)] }, fusesUnknown: settings["fuse_unk"]?.boolValue ?? false)
  }
}

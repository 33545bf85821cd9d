internal import Files

// The model that a part describes; nil, and faults, if it cannot be made.
extension TokenizerModelPart {
  /// - takesBytes: whether words can be given as bytes.
  func model(_ ids: ByteStringTable, takesBytes: Bool, _ faults: inout FaultList) -> TokenModel? {
    switch kind {
    case "BPE": return bytePairs(ids, takesBytes: takesBytes, &faults)
    case "Unigram": return unigram(ids, &faults)
    case "WordPiece": return wordPiece(ids, &faults)
    case "WordLevel": return unknown(ids, &faults).map { .wordLevel(WordLevel(vocabulary: ids, unknown: $0)) }
    default:
      faults.add("the tokenizer's model is \(kind); BPE, Unigram, WordPiece and WordLevel are read", hint: "use another model")
      return nil
    }
  }

  private var fields: PartFields { PartFields(json: .object(settings), name: "model (\(kind))") }

  // MARK: - BPE

  private func bytePairs(_ ids: ByteStringTable, takesBytes: Bool, _ faults: inout FaultList) -> TokenModel? {
    if let dropout = settings["dropout"], !dropout.isNull, dropout.doubleValue != 0 {
      faults.add("model.dropout is \(dropout.text().prefix(40)), which makes the same text other tokens every time", hint: "set it to null")
    }
    let prefix = Array(fields.string("continuing_subword_prefix", absent: "", &faults).utf8)
    let suffix = Array(fields.string("end_of_word_suffix", absent: "", &faults).utf8)
    let ignoresMerges = fields.bool("ignore_merges", absent: false, &faults)
    let fusesUnknown = fields.bool("fuse_unk", absent: false, &faults)
    let fallsBack = fields.bool("byte_fallback", absent: false, &faults)
    let unknown = settings["unk_token"].flatMap { $0.isNull ? nil : self.unknown(ids, &faults) }
    let merges = mergeTable(ids, prefix, &faults)
    if takesBytes, prefix.isEmpty, suffix.isEmpty, let encoder = byteEncoder(merges, ignoresMerges: ignoresMerges) { return .bytePairs(encoder) }
    return .characterPairs(
      CharacterPairEncoder(
        vocabulary: ids, merges: merges, ignoresMerges: ignoresMerges, unknown: unknown, fusesUnknown: fusesUnknown,
        byteIDs: fallsBack ? Self.byteIDs(ids) : nil, continuingPrefix: prefix, endSuffix: suffix))
  }

  /// Nil if a byte has no token.
  private func byteEncoder(_ merges: MergeTable, ignoresMerges: Bool) -> BytePairEncoder? {
    var byteIDs = [Int32](repeating: -1, count: 256)
    var table = ByteStringTable(capacity: vocabulary.count)
    for (text, id) in vocabulary {
      guard let bytes = ByteAlphabet.decode(text), !bytes.isEmpty else { continue }
      _ = table.insert(bytes, id: id)  // A token that is there twice has been reported.
      if bytes.count == 1 { byteIDs[Int(bytes[0])] = id }
    }
    guard !byteIDs.contains(-1) else { return nil }
    return BytePairEncoder(byteIDs: byteIDs, merges: merges, vocabulary: table, ignoresMerges: ignoresMerges)
  }

  private func mergeTable(_ ids: ByteStringTable, _ prefix: [UInt8], _ faults: inout FaultList) -> MergeTable {
    var table = MergeTable(capacity: merges.count)
    for (rank, (left, right)) in merges.enumerated() {
      let (first, second) = (Array(left.utf8), Array(right.utf8))
      // The prefix of the second part goes, whatever it is.
      guard second.count >= prefix.count, let leftID = ids.id(first[...]), let rightID = ids.id(second[...]),
        let merged = ids.id((first + second.dropFirst(prefix.count))[...])
      else {
        faults.add(
          "merge \(rank), \"\(left.prefix(60)) \(right.prefix(60))\", has a part or a result that is not in the vocabulary",
          hint: "save the tokenizer again")
        if faults.faults.count > Self.maximumFaults { return table }
        continue
      }
      table.insert(leftID, rightID, rank: rank, merged: merged)
    }
    return table
  }

  // MARK: - The others

  private func unigram(_ ids: ByteStringTable, _ faults: inout FaultList) -> TokenModel? {
    guard scores.count == vocabulary.count, !scores.isEmpty else {
      faults.add("model.vocab of a Unigram must be a list of tokens and scores", hint: "save the tokenizer again")
      return nil
    }
    let fallsBack = fields.bool("byte_fallback", absent: false, &faults)
    let unknown = fields.int("unk_id", in: 0...(scores.count - 1), &faults)
    return .unigram(
      Unigram(
        vocabulary: SortedVocabulary(vocabulary), scores: scores, unknown: Int32(unknown), byteIDs: fallsBack ? Self.byteIDs(ids) : nil))
  }

  private func wordPiece(_ ids: ByteStringTable, _ faults: inout FaultList) -> TokenModel? {
    let prefix = Array(fields.string("continuing_subword_prefix", &faults).utf8)
    let longest = fields.int("max_input_chars_per_word", in: 0...(1 << 40), &faults)
    guard let unknown = unknown(ids, &faults) else { return nil }
    return .wordPiece(WordPiece(vocabulary: SortedVocabulary(vocabulary), unknown: unknown, continuingPrefix: prefix, longestWord: longest))
  }

  private func unknown(_ ids: ByteStringTable, _ faults: inout FaultList) -> Int32? {
    let text = fields.string("unk_token", &faults)
    let id = ids.id(Array(text.utf8)[...])
    if id == nil { faults.add("model.unk_token \"\(text.prefix(60))\" is not in the vocabulary", hint: "save the tokenizer again") }
    return id
  }

  /// The tokens that spell bytes; -1 for those that are not there.
  private static func byteIDs(_ ids: ByteStringTable) -> [Int32] {
    (0..<256).map { byte in
      let digits = String(byte, radix: 16, uppercase: true)
      return ids.id(Array("<0x\(byte < 16 ? "0" : "")\(digits)>".utf8)[...]) ?? -1
    }
  }
}

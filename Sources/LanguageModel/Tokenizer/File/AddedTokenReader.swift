internal import Files

/// Reads `added_tokens` and numbers them as the reference does: a token that is there keeps its id, the others go on behind the model's.
enum AddedTokenReader {
  /// - modelSize: how many tokens the model has.
  static func read(
    _ json: OrderedJSON?, modelSize: Int, _ normalizer: Normalizer?, _ vocabulary: inout TokenVocabulary, _ faults: inout FaultList
  ) -> [AddedToken] {
    guard let json, !json.isNull else { return [] }
    guard let entries = json.arrayValue else {
      faults.add("added_tokens is \(json.kindName); it must be a list")
      return []
    }
    var added: [AddedToken] = []
    var next = modelSize
    for entry in entries {
      guard let token = token(entry, &faults), !token.content.isEmpty else { continue }
      let known = vocabulary.id(of: token.content)
      let id = known ?? Int32(clamping: next)
      if known == nil { next += 1 }
      guard id == token.id else {
        let reason = known == nil ? "the tokens before it make it \(id)" : "it is in the vocabulary as \(id)"
        faults.add("the added token \"\(token.content.prefix(60))\" has the id \(token.id), but \(reason)", hint: "save the tokenizer again")
        continue
      }
      if known == nil, let other = vocabulary.token(of: id) {
        faults.add(
          "the id \(id) belongs to two tokens, \"\(other.prefix(60))\" and \"\(token.content.prefix(60))\"", hint: "save the tokenizer again")
        continue
      }
      add(token, isNew: known == nil, normalizer, &vocabulary)
      // A token that is there twice is what its last entry says.
      if let place = added.firstIndex(where: { $0.id == id }) { added[place] = token } else { added.append(token) }
    }
    vocabulary.specials = Set(added.filter(\.isSpecial).map(\.id))
    return added
  }

  private static func add(_ token: AddedToken, isNew: Bool, _ normalizer: Normalizer?, _ vocabulary: inout TokenVocabulary) {
    if isNew {
      let place = Int(token.id)
      if place >= vocabulary.texts.count { vocabulary.texts += repeatElement(nil, count: place + 1 - vocabulary.texts.count) }
      vocabulary.texts[place] = token.content
      _ = vocabulary.ids.insert(Array(token.content.utf8), id: token.id)
    }
    if token.isSpecial { vocabulary.specialTexts.insert(ExactText(token.content)) }
    guard token.isNormalized else { return }
    var view = String.UnicodeScalarView()
    view.append(contentsOf: token.normalizedContent(normalizer))
    let normalized = String(view)
    if !normalized.hasSameBytes(as: token.content) { vocabulary.normalizedTexts[token.id] = normalized }
  }

  private static func token(_ entry: OrderedJSON, _ faults: inout FaultList) -> AddedToken? {
    let before = faults.faults.count
    let fields = PartFields(json: entry, name: "the added token \(entry["content"]?.text().prefix(60) ?? "without content")")
    let token = AddedToken(
      id: Int32(fields.int("id", in: 0...TokenizerModelPart.maximumID, &faults)), content: fields.string("content", &faults),
      isSpecial: fields.bool("special", &faults), singleWord: fields.bool("single_word", &faults), stripsLeft: fields.bool("lstrip", &faults),
      stripsRight: fields.bool("rstrip", &faults), isNormalized: fields.bool("normalized", &faults))
    return faults.faults.count == before ? token : nil
  }
}

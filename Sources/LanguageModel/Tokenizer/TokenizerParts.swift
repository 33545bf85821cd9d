internal import Files

/// The small parts of a tokenizer.json: normalizer, pre-tokenizer, post-processor, decoder.
enum TokenizerParts {
  private static let useAnother = "use a model with a byte-level BPE tokenizer (GPT-2, Llama 3, Qwen, SmolLM2)"

  /// Whether text is brought to NFC; anything else but nothing is refused.
  static func normalizes(_ value: OrderedJSON?, _ faults: inout FaultList) -> Bool {
    guard let value, !value.isNull else { return false }
    switch value["type"]?.stringValue {
    case "NFC": return true
    case "Sequence":
      var normalizes = false
      for part in value["normalizers"]?.arrayValue ?? [] where Self.normalizes(part, &faults) { normalizes = true }
      return normalizes
    case let type:
      faults.add("the normalizer \(name(type)) is not read; NFC and none are", hint: useAnother)
      return false
    }
  }

  static func preTokenizer(_ value: OrderedJSON?, _ faults: inout FaultList) -> PreTokenizer {
    var result = PreTokenizer()
    let parts = flatten(value, list: "pretokenizers")
    guard let last = parts.last, last["type"]?.stringValue == "ByteLevel" else {
      let found = parts.isEmpty ? "there is none" : "the last is \(name(parts.last?["type"]?.stringValue))"
      faults.add("the pre-tokenizer must end with ByteLevel; \(found)", hint: useAnother)
      return result
    }
    result.addsPrefixSpace = last["add_prefix_space"]?.boolValue ?? true
    result.usesPattern = last["use_regex"]?.boolValue ?? true
    for part in parts.dropLast() {
      switch part["type"]?.stringValue {
      case "Digits": result.cuts.append(.digits(individual: part["individual_digits"]?.boolValue ?? false))
      case "Split": if let pattern = split(part, &faults) { result.cuts.append(.pattern(pattern)) }
      case let type: faults.add("the pre-tokenizer \(name(type)) is not read; ByteLevel, Split, Digits and Sequence are", hint: useAnother)
      }
    }
    return result
  }

  private static func split(_ part: OrderedJSON, _ faults: inout FaultList) -> SplitPattern? {
    let behavior = part["behavior"]?.stringValue
    let inverts = part["invert"]?.boolValue ?? false
    // The known patterns match every text from end to end, so keeping what matches and isolating it come to the same.
    guard (behavior == "Isolated" && !inverts) || (behavior == "Removed" && inverts) else {
      faults.add("Split with behavior \(name(behavior)) and invert \(inverts) is not read; Isolated, or Removed with invert, is", hint: useAnother)
      return nil
    }
    guard let regex = part["pattern"]?["Regex"]?.stringValue else {
      faults.add("Split with the pattern \(part["pattern"]?.text() ?? "missing") is not read; a Regex is", hint: useAnother)
      return nil
    }
    guard let pattern = SplitPattern(regex: regex) else {
      faults.add(
        "Split with the regular expression \(OrderedJSON.string(regex).text()) is not read; those of GPT-2, Llama 3 and Qwen2 are", hint: useAnother)
      return nil
    }
    return pattern
  }

  static func postProcessor(_ value: OrderedJSON?, _ faults: inout FaultList) -> PostProcessor? {
    guard let value, !value.isNull else { return nil }
    switch value["type"]?.stringValue {
    case "ByteLevel":
      return .byteLevel(trimsOffsets: value["trim_offsets"]?.boolValue ?? true, addsPrefixSpace: value["add_prefix_space"]?.boolValue ?? true)
    case "TemplateProcessing":
      let specials = value["special_tokens"]
      return .template(single: template(value["single"], specials, &faults), pair: template(value["pair"], specials, &faults))
    case "Sequence":
      return .sequence((value["processors"]?.arrayValue ?? []).compactMap { postProcessor($0, &faults) })
    case let type:
      faults.add("the post-processor \(name(type)) is not read; ByteLevel, TemplateProcessing and Sequence are", hint: useAnother)
      return nil
    }
  }

  private static func template(_ value: OrderedJSON?, _ specials: OrderedJSON?, _ faults: inout FaultList) -> [PostProcessor.Piece] {
    var pieces: [PostProcessor.Piece] = []
    for entry in value?.arrayValue ?? [] {
      if let sequence = entry["Sequence"], let id = sequence["id"]?.stringValue, let typeID = sequence["type_id"]?.intValue, id == "A" || id == "B" {
        pieces.append(id == "A" ? .first(typeID: Int32(clamping: typeID)) : .second(typeID: Int32(clamping: typeID)))
      } else if let special = entry["SpecialToken"], let id = special["id"]?.stringValue, let typeID = special["type_id"]?.intValue {
        let ids = (specials?[id]?["ids"]?.arrayValue ?? []).compactMap(\.intValue).map { Int32(clamping: $0) }
        let tokens = (specials?[id]?["tokens"]?.arrayValue ?? []).compactMap(\.stringValue)
        guard !ids.isEmpty, ids.count == tokens.count else {
          faults.add("TemplateProcessing names the special token \"\(id)\", which its special_tokens do not define", hint: "save the tokenizer again")
          continue
        }
        pieces.append(.special(ids: ids, tokens: tokens, typeID: Int32(clamping: typeID)))
      } else {
        faults.add("TemplateProcessing has a piece that is not understood: \(entry.text().prefix(200))", hint: "save the tokenizer again")
      }
    }
    return pieces
  }

  static func checkDecoder(_ value: OrderedJSON?, _ faults: inout FaultList) {
    let parts = flatten(value, list: "decoders")
    guard parts.count == 1, parts[0]["type"]?.stringValue == "ByteLevel" else {
      let found = parts.isEmpty ? "none" : parts.map { name($0["type"]?.stringValue) }.joined(separator: ", ")
      faults.add("the decoder must be ByteLevel, found \(found)", hint: useAnother)
      return
    }
  }

  /// A part, or the parts of a Sequence, however deep.
  private static func flatten(_ value: OrderedJSON?, list: String) -> [OrderedJSON] {
    guard let value, !value.isNull else { return [] }
    guard value["type"]?.stringValue == "Sequence" else { return [value] }
    return (value[list]?.arrayValue ?? []).flatMap { flatten($0, list: list) }
  }

  private static func name(_ type: String?) -> String { type ?? "without a type" }
}

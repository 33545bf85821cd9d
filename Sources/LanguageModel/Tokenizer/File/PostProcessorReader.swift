internal import Files

/// Reads `post_processor`.
enum PostProcessorReader {
  static func read(_ json: OrderedJSON?, _ faults: inout FaultList) -> PostProcessor? {
    guard let json, !json.isNull else { return nil }
    let type = json["type"]?.stringValue ?? "without a type"
    let fields = PartFields(json: json, name: "the post-processor \(type)")
    switch type {
    case "ByteLevel":
      return .byteLevel(trimsOffsets: fields.bool("trim_offsets", &faults), addsPrefixSpace: fields.bool("add_prefix_space", &faults))
    case "BertProcessing": return .bert(classify: fields.special("cls", &faults), separate: fields.special("sep", &faults))
    case "RobertaProcessing":
      return .roberta(
        classify: fields.special("cls", &faults), separate: fields.special("sep", &faults), trimsOffsets: fields.bool("trim_offsets", &faults),
        addsPrefixSpace: fields.bool("add_prefix_space", &faults))
    case "TemplateProcessing":
      let specials = json["special_tokens"]
      return .template(single: template(fields, "single", specials, &faults), pair: template(fields, "pair", specials, &faults))
    case "Sequence":
      let processors = fields.list("processors", &faults).compactMap { read($0, &faults) }
      checkTemplates(processors, &faults)
      return .sequence(processors)
    default:
      faults.add("the post-processor \(type) is not read", hint: "use a tokenizer of tokenizers 0.23's own parts")
      return nil
    }
  }

  /// The reference stops at a template whose input another template has taken apart.
  private static func checkTemplates(_ processors: [PostProcessor], _ faults: inout FaultList) {
    if processors.reduce(0, { $0 + countTemplates($1) }) > 1 {
      faults.add("the post-processor has two TemplateProcessing in a row, which the reference cannot run", hint: "leave one out")
    }
  }

  private static func countTemplates(_ processor: PostProcessor) -> Int {
    switch processor {
    case .template: 1
    case .sequence(let processors): processors.reduce(0) { $0 + countTemplates($1) }
    default: 0
    }
  }

  private static func template(_ fields: PartFields, _ key: String, _ specials: OrderedJSON?, _ faults: inout FaultList) -> [PostProcessor.Piece] {
    fields.list(key, &faults).compactMap { entry in
      if let sequence = entry["Sequence"], let id = sequence["id"]?.stringValue, let typeID = typeID(sequence),
        id == "A" || (id == "B" && key == "pair")
      {
        return id == "A" ? .first(typeID: typeID) : .second(typeID: typeID)
      }
      guard let special = entry["SpecialToken"], let id = special["id"]?.stringValue, let typeID = typeID(special) else {
        faults.add("TemplateProcessing has a piece in \(key) that is not understood: \(entry.text().prefix(200))", hint: "save the tokenizer again")
        return nil
      }
      let numbers = specials?[id]?["ids"]?.arrayValue ?? []
      let ids = numbers.compactMap(\.intValue).compactMap { Int32(exactly: $0) }.filter { $0 >= 0 }
      let tokens = (specials?[id]?["tokens"]?.arrayValue ?? []).compactMap(\.stringValue)
      guard specials?[id] != nil, ids.count == numbers.count, ids.count == tokens.count else {
        faults.add("TemplateProcessing names the special token \"\(id)\", which its special_tokens do not define", hint: "save the tokenizer again")
        return nil
      }
      return .special(ids: ids, tokens: tokens, typeID: typeID)
    }
  }

  private static func typeID(_ json: OrderedJSON) -> Int32? { json["type_id"]?.intValue.flatMap { Int32(exactly: $0) } }
}

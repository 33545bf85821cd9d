internal import Files

/// Reads `normalizer`.
enum NormalizerReader {
  static func read(_ json: OrderedJSON?, _ faults: inout FaultList) -> Normalizer? {
    guard let json, !json.isNull else { return nil }
    let type = json["type"]?.stringValue ?? "without a type"
    let fields = PartFields(json: json, name: "the normalizer \(type)")
    switch type {
    case "NFC", "NFD", "NFKC", "NFKD": return UnicodeForm(rawValue: type).map(Normalizer.form)
    case "Lowercase": return .lowercase
    case "Strip": return .strip(left: fields.bool("strip_left", &faults), right: fields.bool("strip_right", &faults))
    case "StripAccents": return .stripAccents
    case "Replace":
      let content = Array(fields.string("content", &faults).unicodeScalars)
      return fields.pattern("pattern", &faults).map { .replace($0, content) }
    case "Prepend": return .prepend(Array(fields.string("prepend", &faults).unicodeScalars))
    case "Nmt": return .nmt
    case "ByteLevel": return .byteLevel
    case "BertNormalizer": return .bert(bert(fields, &faults))
    case "Precompiled":
      guard let characters = PrecompiledCharacters(base64: fields.string("precompiled_charsmap", &faults)) else {
        faults.add("the normalizer Precompiled has a precompiled_charsmap that is cut short or damaged", hint: "get the file again")
        return nil
      }
      return .precompiled(characters)
    case "Sequence": return .sequence(fields.list("normalizers", &faults).compactMap { read($0, &faults) })
    default:
      faults.add("the normalizer \(type) is not read", hint: "use a tokenizer of tokenizers 0.23's own parts")
      return nil
    }
  }

  private static func bert(_ fields: PartFields, _ faults: inout FaultList) -> BertNormalizer {
    let stripsAccents = fields.json["strip_accents"].flatMap { $0.isNull ? nil : fields.bool("strip_accents", &faults) }
    return BertNormalizer(
      cleansText: fields.bool("clean_text", &faults), partsChinese: fields.bool("handle_chinese_chars", &faults), stripsAccents: stripsAccents,
      lowercases: fields.bool("lowercase", &faults))
  }
}

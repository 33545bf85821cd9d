internal import Files

/// Reads `pre_tokenizer`. Sequences in sequences are laid flat.
enum PreTokenizerReader {
  static func read(_ json: OrderedJSON?, _ faults: inout FaultList) -> [PreTokenizer] {
    guard let json, !json.isNull else { return [] }
    let type = json["type"]?.stringValue ?? "without a type"
    let fields = PartFields(json: json, name: "the pre-tokenizer \(type)")
    switch type {
    case "ByteLevel":
      let addsPrefixSpace = fields.bool("add_prefix_space", &faults)
      return [.byteLevel(addsPrefixSpace: addsPrefixSpace, usesPattern: fields.bool("use_regex", absent: true, &faults), spells: true)]
    case "Split": return split(fields, &faults).map { [$0] } ?? []
    case "Digits":
      return [.split(.flags(.numeric), fields.bool("individual_digits", &faults) ? .isolated : .contiguous, invert: false)]
    case "Whitespace": return [.split(.words, .removed, invert: true)]
    case "WhitespaceSplit": return [.split(.whiteSpace, .removed, invert: false)]
    case "Punctuation":
      guard let behavior = behavior(fields, absent: .isolated, &faults) else { return [] }
      return [.split(.flags(.punctuation), behavior, invert: false)]
    case "BertPreTokenizer": return [.split(.whiteSpace, .removed, invert: false), .split(.flags(.punctuation), .isolated, invert: false)]
    case "CharDelimiterSplit": return [.split(.scalar(fields.scalar("delimiter", &faults)), .removed, invert: false)]
    case "Metaspace": return [.metaspace(metaspace(fields, &faults))]
    case "UnicodeScripts": return [.unicodeScripts]
    case "FixedLength": return [.fixedLength(fields.int("length", absent: 5, in: 1...1_000_000, &faults))]
    case "Sequence": return fields.list("pretokenizers", &faults).flatMap { read($0, &faults) }
    default:
      faults.add("the pre-tokenizer \(type) is not read", hint: "use a tokenizer of tokenizers 0.23's own parts")
      return []
    }
  }

  private static func split(_ fields: PartFields, _ faults: inout FaultList) -> PreTokenizer? {
    let invert = fields.bool("invert", &faults)
    guard let behavior = behavior(fields, absent: nil, &faults), let pattern = fields.pattern("pattern", &faults) else { return nil }
    return .split(pattern, behavior, invert: invert)
  }

  private static func behavior(_ fields: PartFields, absent: SplitBehavior?, _ faults: inout FaultList) -> SplitBehavior? {
    let name = fields.string("behavior", absent: absent?.rawValue, &faults)
    if let behavior = SplitBehavior(rawValue: name) { return behavior }
    if !name.isEmpty { faults.add("\(fields.name) has the behavior \(name.prefix(60)), which is not known") }
    return nil
  }

  /// Also what decoders of that name say.
  static func metaspace(_ fields: PartFields, _ faults: inout FaultList) -> Metaspace {
    let name = fields.string("prepend_scheme", absent: Metaspace.Scheme.always.rawValue, &faults)
    let scheme = Metaspace.Scheme(rawValue: name)
    if scheme == nil, !name.isEmpty { faults.add("\(fields.name) has the prepend_scheme \(name.prefix(60)); first, never and always are known") }
    if !fields.bool("add_prefix_space", absent: true, &faults), scheme != .never {
      faults.add("\(fields.name) has add_prefix_space false, but not the prepend_scheme never", hint: "save the tokenizer again")
    }
    return Metaspace(
      replacement: fields.scalar("replacement", &faults), scheme: scheme ?? .always, splits: fields.bool("split", absent: true, &faults))
  }
}

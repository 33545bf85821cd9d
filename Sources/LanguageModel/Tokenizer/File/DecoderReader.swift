internal import Files

/// Reads `decoder`.
enum DecoderReader {
  static func read(_ json: OrderedJSON?, _ faults: inout FaultList) -> Decoder? {
    guard let json, !json.isNull else { return nil }
    let type = json["type"]?.stringValue ?? "without a type"
    let fields = PartFields(json: json, name: "the decoder \(type)")
    switch type {
    case "ByteLevel": return .byteLevel
    case "ByteFallback": return .byteFallback
    case "Fuse": return .fuse
    case "Metaspace":
      let metaspace = PreTokenizerReader.metaspace(fields, &faults)
      return .metaspace(metaspace.replacement, dropsFirst: metaspace.scheme != .never)
    case "WordPiece": return .wordPiece(prefix: fields.string("prefix", &faults), cleansUp: fields.bool("cleanup", &faults))
    case "CTC":
      return .ctc(
        pad: fields.string("pad_token", &faults), delimiter: fields.string("word_delimiter_token", &faults), cleansUp: fields.bool("cleanup", &faults)
      )
    case "BPEDecoder": return .bytePairs(suffix: fields.string("suffix", &faults))
    case "Strip":
      let most = 1_000_000
      return .strip(
        fields.scalar("content", &faults), left: fields.int("start", in: 0...most, &faults), right: fields.int("stop", in: 0...most, &faults))
    case "Replace":
      let content = fields.string("content", &faults)
      return fields.pattern("pattern", &faults).map { .replace($0, content) }
    case "Sequence": return .sequence(fields.list("decoders", &faults).compactMap { read($0, &faults) })
    default:
      faults.add("the decoder \(type) is not read", hint: "use a tokenizer of tokenizers 0.23's own parts")
      return nil
    }
  }
}

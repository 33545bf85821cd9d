internal import Files

/// What `tokenizer.json` says, understood and checked.
///
/// A part that is not understood is refused by its name: a tokenizer that is nearly right gives wrong numbers in silence. All faults are reported together.
struct TokenizerFile {
  var source: String
  var normalizer: Normalizer?
  var preTokenizer: PreTokenizer?
  var postProcessor: PostProcessor?
  var decoder: Decoder?
  var added: [AddedToken] = []
  var model: TokenModel
  var vocabulary: TokenVocabulary

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
    if let version = rest["version"], version.stringValue != "1.0" {
      faults.add("the version is \(version.text().prefix(40)); 1.0 is read", hint: "save the tokenizer with a current version of tokenizers")
    }
    let file = assemble(model, rest, source, &faults)
    try faults.throwIfAny()
    guard let file else { preconditionFailure("a tokenizer without a model must have a fault that says why") }
    return file
  }

  /// Nil if faults were found without which there is no model.
  private static func assemble(_ part: TokenizerModelPart, _ rest: JSONObject, _ source: String, _ faults: inout FaultList) -> TokenizerFile? {
    let normalizer = NormalizerReader.read(rest["normalizer"], &faults)
    var preTokenizers = PreTokenizerReader.read(rest["pre_tokenizer"], &faults)
    let postProcessor = PostProcessorReader.read(rest["post_processor"], &faults)
    let decoder = DecoderReader.read(rest["decoder"], &faults)
    checkGrowth("normalizer", normalizer?.growth ?? 1, &faults)
    checkGrowth("decoder", decoder?.growth ?? 1, &faults)
    guard var vocabulary = part.tokens(&faults) else { return nil }
    let takesBytes = takesBytes(preTokenizers)
    let model = part.model(vocabulary.ids, takesBytes: takesBytes, &faults)
    if case .bytePairs = model, case .byteLevel(let addsPrefixSpace, let usesPattern, _) = preTokenizers.last {
      preTokenizers[preTokenizers.count - 1] = .byteLevel(addsPrefixSpace: addsPrefixSpace, usesPattern: usesPattern, spells: false)
    }
    let added = AddedTokenReader.read(rest["added_tokens"], modelSize: part.vocabulary.count, normalizer, &vocabulary, &faults)
    checkIDs(postProcessor, vocabulary.texts.count, &faults)
    guard let model else { return nil }
    return TokenizerFile(
      source: source, normalizer: normalizer, preTokenizer: preTokenizers.count > 1 ? .sequence(preTokenizers) : preTokenizers.first,
      postProcessor: postProcessor, decoder: decoder, added: added, model: model, vocabulary: vocabulary)
  }

  /// The reference puts out whatever id the file names; a model has no row for one beyond the vocabulary.
  private static func checkIDs(_ processor: PostProcessor?, _ size: Int, _ faults: inout FaultList) {
    for id in processor?.ids ?? [] where Int(id) >= size {
      faults.add("the post-processor puts the id \(id) around texts, and the vocabulary has \(size)", hint: "save the tokenizer again")
    }
  }

  /// Real tokenizers make a text a few times as long; a file of replacements that double it again and again would fill any memory.
  private static let maximumGrowth = 100_000.0

  private static func checkGrowth(_ part: String, _ growth: Double, _ faults: inout FaultList) {
    guard growth > maximumGrowth else { return }
    faults.add("the \(part) can make a text more than \(Int(maximumGrowth)) times as long", hint: "this is no tokenizer for texts; use another")
  }

  /// Whether words could be given to the model as bytes: the byte level comes last, and only there.
  private static func takesBytes(_ preTokenizers: [PreTokenizer]) -> Bool {
    let places = preTokenizers.indices.filter { if case .byteLevel = preTokenizers[$0] { true } else { false } }
    return places.count == 1 && places[0] == preTokenizers.count - 1
  }
}

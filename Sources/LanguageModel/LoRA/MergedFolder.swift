internal import Files
public import Foundation

/// Writes a base with an adapter merged into it as a Hugging Face folder of its own.
///
/// As `merge_and_unload` and `save_pretrained` of PEFT and transformers do it: W + s B A in Float, then rounded to the type the base's tensor is stored in. Tensors that
/// the adapter leaves as they are keep their bytes, shards and names. A head that was the embedding table and is it no more is written beside it, and `config.json`
/// says so; PEFT adds both changes to the one table there, which changes the output.
public enum MergedFolder {
  /// Files of a model folder beside its weights, which are copied as they are.
  public static let companions = [
    "config.json", "generation_config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json",
    "chat_template.jinja", "chat_template.json", "vocab.json", "merges.txt", "tokenizer.model",
  ]

  /// - output: a folder that is not there yet, or is empty
  /// - Throws: `FileFault`, `ModelFault`
  public static func write(_ base: ModelFolder, _ adapter: AdapterFolder, to output: URL) throws {
    guard let tensors = base.tensors else {
      throw FileFault(file: base.url.path, reason: .notFound, problem: "was opened without its weights, so nothing can be merged")
    }
    try write(tensors, from: base.url, LoRAWeights(adapter), to: output)
  }

  /// - folder: where the companions of `tensors` are
  static func write(_ tensors: ModelTensors, from folder: URL, _ adapter: LoRAWeights, to output: URL) throws {
    try check(adapter, output)
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    let shards = tensors.folder.shards
    let names = tensors.names
    let own = Set(names.values)
    var added = adapter.configuration.tensorShapes.map(\.name).filter { !own.contains($0) }
    var homes = JSONObject()
    var bytes = 0
    for shard in shards {
      var writer = SafetensorsWriter()
      func put(_ name: String, as stored: String, like tensor: SafetensorsFile.Tensor) throws {
        let values = try adapter.merged(name) { try tensors.floats(named: $0) }
        try ModelFolder.checkFinite(values, name, file: output.path)
        writer.add(stored, shape: tensor.shape, floats: values, as: tensor.type)
        homes[stored] = .string(shard.name)
        bytes += tensor.bytes.count
      }
      for tensor in shard.tensors {
        if let name = names[tensor.name], adapter.changes(name) {
          try put(name, as: tensor.name, like: tensor)
          continue
        }
        // A head that some files hold although it is the embedding table would be in the way of the one that is added.
        if added.contains(tensor.name) { continue }
        writer.add(tensor.name, shape: tensor.shape, bytes: try tensors.folder.bytes(named: tensor.name), type: tensor.type)
        homes[tensor.name] = .string(shard.name)
        bytes += tensor.bytes.count
      }
      // A head of its own goes where the table is, in its type.
      for name in added {
        guard let table = tensors.tensor(named: tensors.configuration.embedding.tokens), shard.tensors.contains(table) else { continue }
        try put(name, as: name, like: table)
        added.removeAll { $0 == name }
      }
      try writer.write(to: output.appending(path: shard.name))
    }
    if shards.count > 1 {
      let index: OrderedJSON = ["metadata": ["total_size": .int(bytes)], "weight_map": .object(homes)]
      try DurableFile.write(index.text(indent: 2) + "\n", to: output.appending(path: "model.safetensors.index.json"))
    }
    try copyCompanions(of: folder, unties: tensors.configuration.tiedEmbeddings && !adapter.configuration.tiedEmbeddings, to: output)
  }

  private static func check(_ adapter: LoRAWeights, _ output: URL) throws {
    if let name = adapter.addedBiases.first {
      throw FileFault(
        file: output.path, problem: "cannot hold the merged model: lora_bias needs \"\(name)\", and this architecture has no such bias",
        hint: "run the adapter over its base, or train it with lora_bias false; PEFT cannot merge it either")
    }
    let found = (try? FileManager.default.contentsOfDirectory(atPath: output.path)) ?? []
    guard found.isEmpty else {
      throw FileFault(file: output.path, problem: "is not empty", hint: "name a folder that is not there yet")
    }
  }

  /// `config.json` comes last: without it a folder that was not finished is none.
  private static func copyCompanions(of folder: URL, unties: Bool, to output: URL) throws {
    for name in companions.reversed() + SentenceConfiguration.files {
      let source = folder.appending(path: name)
      guard name != "config.json", FileManager.default.fileExists(atPath: source.path) else { continue }
      let target = output.appending(path: name)
      try FileManager.default.createDirectory(at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
      try DurableFile.write(try OpenFile(source).readAll(), to: target)
    }
    let source = folder.appending(path: "config.json")
    var bytes = try OpenFile(source).readAll()
    if unties, var object = try StrictJSON.parse(bytes, file: source.path).objectValue {
      object["tie_word_embeddings"] = false
      bytes = OrderedJSON.object(object).bytes(indent: 2) + [UInt8(ascii: "\n")]
    }
    try DurableFile.write(bytes, to: output.appending(path: "config.json"))
  }
}

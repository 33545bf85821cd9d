import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

/// A small model folder and an adapter over it, made by the test, to be damaged at will.
struct FolderFixture {
  static let configuration = LlamaConfiguration(
    vocabularySize: 704, hiddenSize: 8, intermediateSize: 12, layers: 2, heads: 2, keyValueHeads: 1, headDimension: 4, maximumPositions: 64,
    bos: 0, eos: [1], pad: 2)

  let folder: TemporaryFolder
  var model: URL { folder.url.appending(path: "model") }
  var adapter: URL { folder.url.appending(path: "adapter") }

  init(tensors: ((String, [Int]) -> [Int]?) = { $1 }, extra: [(String, [Int])] = []) throws {
    folder = try TemporaryFolder("vigil-model")
    try FileManager.default.createDirectory(at: model, withIntermediateDirectories: true)
    try FileManager.default.createDirectory(at: adapter, withIntermediateDirectories: true)
    try Self.configuration.write(to: model)
    try TestSupport.golden("tokenizer-gpt2.json").write(to: model.appending(path: "tokenizer.json"))
    try write(
      "tokenizer_config.json",
      #"{"bos_token": "<|start|>", "eos_token": {"content": "<|end|>", "lstrip": false}, "chat_template": "{{ bos_token }}{% for m in messages %}{{ m.role }}:{{ m.content }}{{ eos_token }}{% endfor %}"}"#
    )
    try write("generation_config.json", #"{"eos_token_id": [1, 2], "temperature": 0.5, "top_k": 7}"#)
    var writer = SafetensorsWriter()
    for (name, shape) in Self.configuration.tensorShapes {
      guard let shape = tensors(name, shape) else { continue }
      writer.add(name, shape: shape, floats: (0..<shape.reduce(1, *)).map { Float($0 % 7) / 8 }, as: .bf16)
    }
    for (name, shape) in extra { writer.add(name, shape: shape, floats: Array(repeating: 0, count: shape.reduce(1, *))) }
    try writer.write(to: model.appending(path: "model.safetensors"))
    try writeAdapter(AdapterConfiguration(rank: 2, alpha: 4, targets: [.q, .down]))
  }

  func write(_ name: String, _ text: String, adapter isAdapter: Bool = false) throws {
    try Data(text.utf8).write(to: (isAdapter ? adapter : model).appending(path: name))
  }

  func writeAdapter(_ configuration: AdapterConfiguration, base: LlamaConfiguration = Self.configuration, dropping: String? = nil) throws {
    try configuration.write(to: adapter)
    var writer = SafetensorsWriter()
    for (name, shape) in configuration.tensorShapes(base: try Self.model(base)) where name != dropping {
      writer.add(name, shape: shape, floats: Array(repeating: 0.5, count: shape.reduce(1, *)))
    }
    try writer.write(to: adapter.appending(path: "adapter_model.safetensors"))
  }

  /// A plain Llama as the engine has it.
  static func model(_ configuration: LlamaConfiguration) throws -> ModelConfiguration {
    var reader = ConfigurationReader(try #require(try StrictJSON.parse(configuration.json()).objectValue), path: "config.json")
    return try ModelConfiguration.read(&reader)
  }

  /// What opening the model says.
  func fault() -> String {
    do {
      _ = try ModelFolder.open(model)
      return "no fault"
    } catch { return "\(error)" }
  }

  func adapterFault() -> String {
    do {
      _ = try AdapterFolder.open(adapter, base: ModelFolder.open(model))
      return "no fault"
    } catch { return "\(error)" }
  }

  /// config.json with some members replaced; nil takes one out.
  func configure(_ members: [(String, OrderedJSON?)]) throws {
    guard var object = try StrictJSON.parse(Self.configuration.json()).objectValue else { return }
    for (key, value) in members { object[key] = value }
    try write("config.json", OrderedJSON.object(object).text())
  }
}

struct FolderTests {
  @Test func `opens what is whole`() throws {
    let fixture = try FolderFixture()
    let model = try ModelFolder.open(fixture.model)
    #expect(try LlamaConfiguration(model.configuration, file: "") == FolderFixture.configuration)
    #expect(try FolderFixture.model(FolderFixture.configuration) == model.configuration)
    #expect(model.generation.eos == [1, 2])
    #expect(model.generation.temperature == 0.5)
    #expect(model.generation.topK == 7)
    #expect(model.tokenizer.id(of: "<|end|>") == 1)
    #expect(try model.render([.user("hi")], addGenerationPrompt: false) == "<|start|>user:hi<|end|>")
    #expect(try model.floats(named: LlamaTensorName.finalNorm).count == 8)
    #expect(model.tensor(named: LlamaTensorName.linear(.down, layer: 1))?.shape == [8, 12])
    #expect(Digest(hex: model.digest) != nil)

    let adapter = try AdapterFolder.open(fixture.adapter, base: model)
    #expect(adapter.configuration.targets == [.q, .down])
    #expect(adapter.configuration.scale == 2)
    #expect(try adapter.floats(named: LlamaTensorName.loraB(.down, layer: 1)).count == 16)
  }

  @Test func `the digest is that of the files that decide the output, and of no others`() throws {
    let fixture = try FolderFixture()
    let before = try ModelFolder.open(fixture.model).digest
    try fixture.write("README.md", "a note")
    #expect(try ModelFolder.open(fixture.model).digest == before)
    try fixture.write("chat_template.jinja", "{{ messages[0].content }}")
    let after = try ModelFolder.open(fixture.model)
    #expect(after.digest != before)
    #expect(try after.render([.user("hi")], addGenerationPrompt: true) == "hi")
  }

  @Test func `how sentences become vectors is part of a folder, and of its digest`() throws {
    let fixture = try FolderFixture()
    let before = try ModelFolder.open(fixture.model)
    #expect(before.sentence == nil)
    try FileManager.default.createDirectory(at: fixture.model.appending(path: "1_Pooling"), withIntermediateDirectories: true)
    try fixture.write(
      "modules.json", #"[{"type": "x.Transformer", "path": ""}, {"type": "x.Pooling", "path": "1_Pooling"}, {"type": "x.Normalize"}]"#)
    try fixture.write("1_Pooling/config.json", #"{"pooling_mode_lasttoken": true, "pooling_mode_mean_tokens": false}"#)
    let after = try ModelFolder.open(fixture.model)
    #expect(after.sentence == SentenceConfiguration(pooling: .last, normalizes: true, maximumTokens: after.configuration.maximumPositions))
    #expect(after.digest != before.digest && after.files.contains("1_Pooling/config.json"))
    let (ids, engine) = ([Int32]([5, 6, 7]), try LanguageEngine(after))
    #expect(try engine.embed([ids]) == engine.embed([ids], pooling: .last, normalize: true))
    #expect(try engine.embed([ids]) != LanguageEngine(before).embed([ids]))
    try fixture.write("1_Pooling/config.json", #"{"pooling_mode_cls_token": true}"#)
    #expect(try ModelFolder.open(fixture.model).digest != after.digest)
  }

  @Test func `training from scratch needs no weights`() throws {
    let fixture = try FolderFixture()
    try FileManager.default.removeItem(at: fixture.model.appending(path: "model.safetensors"))
    let model = try ModelFolder.open(fixture.model, weights: .notNeeded)
    #expect(!model.hasWeights)
    #expect(throws: FileFault.self) { try model.floats(named: LlamaTensorName.finalNorm) }
    #expect(fixture.fault().contains("model.safetensors: there is no such file"))
  }

  @Test func `a configuration survives being written and read, in both spellings of transformers`() throws {
    let fixture = try FolderFixture()
    var configuration = FolderFixture.configuration
    configuration.ropeTheta = 500_000
    configuration.rmsNormEpsilon = 1e-6
    configuration.tiedEmbeddings = false
    configuration.eos = [1, 2]
    configuration.dtype = "float32"
    try configuration.write(to: fixture.model)
    #expect(try LlamaConfiguration.open(fixture.model.appending(path: "config.json")) == configuration)

    try fixture.configure([
      ("rope_parameters", nil), ("rope_theta", .double(12_345)), ("dtype", nil), ("head_dim", nil), ("num_key_value_heads", nil),
    ])
    let old = try LlamaConfiguration.open(fixture.model.appending(path: "config.json"))
    #expect(old.ropeTheta == 12_345)
    #expect(old.dtype == "bfloat16")
    #expect(old.headDimension == 4)
    #expect(old.keyValueHeads == 2)

    try fixture.configure([("rope_parameters", ["rope_theta": 777, "rope_type": "default"]), ("rope_theta", nil), ("torch_dtype", nil)])
    #expect(try LlamaConfiguration.open(fixture.model.appending(path: "config.json")).ropeTheta == 777)
    try fixture.configure([("rope_parameters", nil), ("rope_theta", nil), ("rope_scaling", nil)])
    #expect(try LlamaConfiguration.open(fixture.model.appending(path: "config.json")).ropeTheta == 10_000)
  }

  // MARK: - Unwelcome models

  static let refused: [(members: [(String, OrderedJSON?)], wanted: String)] = [
    ([("architectures", ["BloomForCausalLM"])], "the architecture is BloomForCausalLM, which is not known"),
    ([("architectures", ["MistralForCausalLM"])], "the architecture MistralForCausalLM does not go with the model_type llama"),
    ([("architectures", ["LlamaForCausalLM", "LlamaModel"])], "LlamaForCausalLM and LlamaModel"),
    ([("architectures", nil), ("model_type", "bloom")], "the model_type is bloom"),
    ([("hidden_act", "gelu_10")], "hidden_act is gelu_10"),
    ([("attention_bias", true)], "self_attn.q_proj.bias\" of shape [8] is missing"),
    ([("mlp_bias", true)], "mlp.up_proj.bias\" of shape [12] is missing"),
    ([("quantization_config", ["quant_method": "gptq"])], "quantization_config (gptq)"),
    ([("rope_parameters", ["rope_type": "spiral", "factor": 4])], "rope_parameters has the rope_type spiral"),
    ([("rope_parameters", nil), ("rope_scaling", ["type": "linear"])], "rope_scaling needs a factor"),
    ([("rope_parameters", ["rope_type": "llama3", "factor": 8])], "needs a low_freq_factor"),
    ([("rope_parameters", ["rope_type": "longrope", "short_factor": [1], "long_factor": [1, 2]])], "needs a short_factor of 2 positive numbers"),
    ([("rope_scaling", "long")], "rope_scaling must be an object"),
    ([("rope_parameters", ["rope_type": "default", "rope_theta": 10_000, "odd": 1])], "odd"),
    ([("rope_parameters", ["rope_theta": -5])], "rope_theta must be"),
    ([("partial_rotary_factor", .double(0.5)), ("rope_parameters", nil)], "partial_rotary_factor"),
    ([("vocab_size", nil)], "vocab_size is missing"),
    ([("vocab_size", 100)], "the tokenizer has ids up to"),
    ([("hidden_size", "8")], "hidden_size must be a whole number"),
    ([("num_hidden_layers", 0)], "num_hidden_layers must be"),
    ([("num_hidden_layers", 3)], "model.layers.2.input_layernorm.weight\" of shape [8] is missing"),
    ([("num_hidden_layers", 1)], "does not belong to this architecture"),
    ([("num_key_value_heads", 3), ("num_attention_heads", 4)], "not a multiple of num_key_value_heads"),
    ([("intermediate_size", 16)], "has the shape [12, 8], expected [16, 8]"),
    ([("tie_word_embeddings", false)], "lm_head.weight\" of shape [704, 8] is missing"),
    ([("eos_token_id", 9999)], "special token id 9999"),
    ([("eos_token_id", "x")], "eos_token_id must be a token id"),
    ([("rms_norm_eps", true)], "rms_norm_eps must be a number"),
  ]

  @Test(arguments: refused.indices)
  func `a model that cannot be run as it should is refused by name`(index: Int) throws {
    let fixture = try FolderFixture()
    try fixture.configure(Self.refused[index].members)
    let text = fixture.fault()
    #expect(text.contains(Self.refused[index].wanted), "\(text)")
    #expect(text.contains("/model/"), "the file is named")
  }

  /// Runs, but is not for the trainer.
  static let untrainable: [(members: [(String, OrderedJSON?)], wanted: String)] = [
    ([("attention_bias", true)], "biases, which cannot be trained"),
    ([("rope_parameters", ["rope_type": "linear", "factor": 2])], "rope_type is linear"),
    ([("hidden_act", "gelu")], "the activation is another than silu"),
    ([("architectures", ["MistralForCausalLM"]), ("model_type", "mistral")], "the architecture is MistralForCausalLM"),
  ]

  @Test(arguments: untrainable.indices) func `what runs but cannot be trained is refused to the trainer by name`(index: Int) throws {
    let fixture = try FolderFixture()
    try fixture.configure(Self.untrainable[index].members)
    let url = fixture.model.appending(path: "config.json")
    #expect(throws: Never.self) { try ModelConfiguration.open(url) }
    let fault = #expect(throws: ModelFault.self) { try LlamaConfiguration.open(url) }
    #expect("\(String(describing: fault))".contains(Self.untrainable[index].wanted))
  }

  @Test func `several faults are reported together`() throws {
    let fixture = try FolderFixture()
    try fixture.configure([
      ("hidden_act", "relu6"), ("rope_parameters", ["rope_type": "spiral"]), ("quantization_config", [:]), ("vocab_size", nil),
    ])
    let text = fixture.fault()
    for wanted in ["relu6", "spiral", "quantization_config", "vocab_size"] { #expect(text.contains(wanted)) }
  }

  @Test func `a tensor that is missing, misshapen or too much is named`() throws {
    let name = LlamaTensorName.linear(.o, layer: 1)
    #expect(
      try FolderFixture(tensors: { $0 == name ? nil : $1 }).fault().contains("model.safetensors: tensor \"\(name)\" of shape [8, 8] is missing"))
    #expect(try FolderFixture(tensors: { $0 == name ? [8, 9] : $1 }).fault().contains("tensor \"\(name)\" has the shape [8, 9], expected [8, 8]"))
    #expect(try FolderFixture(extra: [("model.extra.weight", [3])]).fault().contains("tensor \"model.extra.weight\" of shape [3] does not belong"))
    #expect(try FolderFixture(extra: [("model.layers.0.self_attn.rotary_emb.inv_freq", [2]), ("lm_head.weight", [704, 8])]).fault() == "no fault")
  }

  @Test func `weights with a NaN are an error that says where`() throws {
    let fixture = try FolderFixture()
    var writer = SafetensorsWriter()
    for (name, shape) in FolderFixture.configuration.tensorShapes {
      var floats = [Float](repeating: 1, count: shape.reduce(1, *))
      if name == LlamaTensorName.finalNorm { floats[3] = .nan }
      writer.add(name, shape: shape, floats: floats)
    }
    try writer.write(to: fixture.model.appending(path: "model.safetensors"))
    let model = try ModelFolder.open(fixture.model)
    let fault = #expect(throws: FileFault.self) { try model.floats(named: LlamaTensorName.finalNorm) }
    #expect(fault?.problem == "tensor \"model.norm.weight\" holds nan at element 3")
  }

  static let files = ["config.json", "tokenizer.json", "tokenizer_config.json", "generation_config.json", "model.safetensors"]

  @Test(arguments: files)
  func `a half-written file is an error that names it`(name: String) throws {
    let fixture = try FolderFixture()
    let url = fixture.model.appending(path: name)
    let bytes = try Data(contentsOf: url)
    for count in [0, 1, bytes.count / 2, bytes.count - 2] {
      try bytes.prefix(count).write(to: url)
      let text = fixture.fault()
      #expect(text.contains(name), "\(count): \(text)")
    }
    try (Data([0xEF, 0xBB, 0xBF]) + bytes).write(to: url)
    if name != "model.safetensors" { #expect(fixture.fault() == "no fault", "a byte order mark is passed over") }
    try (bytes + Data([0])).write(to: url)
    #expect(fixture.fault().contains(name), "NUL at the end")
    try Data(Array(bytes.prefix(10)) + [0xFF, 0xFE]).write(to: url)
    #expect(fixture.fault().contains(name))
  }

  @Test func `what is not there or is no folder is said plainly`() throws {
    let fixture = try FolderFixture()
    #expect(throws: FileFault.self) { try ModelFolder.open(fixture.model.appending(path: "none")) }
    #expect(throws: FileFault.self) { try ModelFolder.open(fixture.model.appending(path: "config.json")) }
    try FileManager.default.removeItem(at: fixture.model.appending(path: "tokenizer.json"))
    #expect(fixture.fault().contains("tokenizer.json: could not open it: there is no such file"))
  }

  @Test func `a chat template that does not parse is an error with its line`() throws {
    let fixture = try FolderFixture()
    try fixture.write("chat_template.jinja", "{% for m in messages %}\n{{ m.content | }}\n{% endfor %}")
    #expect(fixture.fault().contains("chat_template.jinja: template line 2: "))
  }

  @Test func `templates by name, and a folder without one`() throws {
    let fixture = try FolderFixture()
    try fixture.write(
      "tokenizer_config.json",
      #"{"chat_template": [{"name": "default", "template": "plain"}, {"name": "tool_use", "template": "tools {{ tools | length }}"}]}"#)
    let model = try ModelFolder.open(fixture.model)
    #expect(try model.render([], addGenerationPrompt: false) == "plain")
    #expect(try model.render(messages: [], addGenerationPrompt: false, tools: [1, 2]) == "tools 2")
    try fixture.write("tokenizer_config.json", "{}")
    let bare = try ModelFolder.open(fixture.model)
    let fault = #expect(throws: FileFault.self) { try bare.render([.user("x")], addGenerationPrompt: true) }
    #expect(fault?.problem == "has no chat template")
  }

  // MARK: - Shards

  private func shard(_ fixture: FolderFixture, map: (String) -> String) throws {
    let single = try SafetensorsFile.open(fixture.model.appending(path: "model.safetensors"))
    var writers = ["a.safetensors": SafetensorsWriter(), "b.safetensors": SafetensorsWriter()]
    var weightMap = JSONObject()
    for (place, tensor) in single.tensors.enumerated() {
      let home = place % 2 == 0 ? "a.safetensors" : "b.safetensors"
      writers[home]?.add(tensor.name, shape: tensor.shape, bytes: try single.bytes(named: tensor.name), type: tensor.type)
      weightMap[tensor.name] = .string(map(home))
    }
    for (name, writer) in writers { try writer.write(to: fixture.model.appending(path: name)) }
    try fixture.write("model.safetensors.index.json", OrderedJSON.object(JSONObject([("weight_map", .object(weightMap))])).text())
    try FileManager.default.removeItem(at: fixture.model.appending(path: "model.safetensors"))
  }

  @Test func `a model in shards is one model`() throws {
    let fixture = try FolderFixture()
    let whole = try ModelFolder.open(fixture.model)
    try shard(fixture) { $0 }
    let sharded = try ModelFolder.open(fixture.model)
    for (name, _) in FolderFixture.configuration.tensorShapes { #expect(try sharded.floats(named: name) == whole.floats(named: name)) }
  }

  @Test(arguments: ["../a.safetensors", "/etc/passwd", "", ".", "x/a.safetensors"])
  func `an index that leads out of the folder is refused`(path: String) throws {
    let fixture = try FolderFixture()
    try shard(fixture) { _ in path }
    #expect(fixture.fault().contains("leads tensor"))
  }

  @Test func `a shard that is a link away from the folder is refused, one into the hub's blobs is read`() throws {
    let fixture = try FolderFixture()
    try shard(fixture) { $0 }
    let files = FileManager.default
    let outside = fixture.model.deletingLastPathComponent().appending(path: "outside.safetensors")
    try files.moveItem(at: fixture.model.appending(path: "b.safetensors"), to: outside)
    try files.createSymbolicLink(at: fixture.model.appending(path: "b.safetensors"), withDestinationURL: outside)
    #expect(fixture.fault().contains("leads outside the folder"))

    let hub = fixture.model.deletingLastPathComponent().appending(path: "models--a--b")
    let snapshot = hub.appending(path: "snapshots/main")
    try files.createDirectory(at: hub.appending(path: "blobs"), withIntermediateDirectories: true)
    try files.createDirectory(at: hub.appending(path: "snapshots"), withIntermediateDirectories: true)
    try files.moveItem(at: outside, to: hub.appending(path: "blobs/0123"))
    try files.moveItem(at: fixture.model, to: snapshot)
    try files.removeItem(at: snapshot.appending(path: "b.safetensors"))
    try files.createSymbolicLink(
      atPath: snapshot.appending(path: "b.safetensors").path, withDestinationPath: "../../blobs/0123")
    #expect(try ModelFolder.open(snapshot).files.contains("b.safetensors"))
  }

  @Test func `a tensor in two shards is refused`() throws {
    let fixture = try FolderFixture()
    try shard(fixture) { $0 }
    var writer = SafetensorsWriter()
    let other = try SafetensorsFile.open(fixture.model.appending(path: "b.safetensors"))
    let twice = try SafetensorsFile.open(fixture.model.appending(path: "a.safetensors")).tensors[0]
    for tensor in other.tensors { writer.add(tensor.name, shape: tensor.shape, bytes: try other.bytes(named: tensor.name), type: tensor.type) }
    writer.add(twice.name, shape: twice.shape, bytes: Array(repeating: 0, count: twice.bytes.count), type: twice.type)
    try writer.write(to: fixture.model.appending(path: "b.safetensors"))
    #expect(fixture.fault().contains("is in a.safetensors as well"))
  }

  @Test func `an index and shards that disagree are refused`() throws {
    let fixture = try FolderFixture()
    try shard(fixture) { $0 == "a.safetensors" ? "b.safetensors" : "a.safetensors" }
    #expect(fixture.fault().contains("model.safetensors.index.json: tensor"))
    try FileManager.default.removeItem(at: fixture.model.appending(path: "b.safetensors"))
    #expect(fixture.fault().contains("b.safetensors"))
  }

  // MARK: - Unwelcome adapters

  static let refusedAdapters: [(key: String, value: OrderedJSON, wanted: String)] = [
    ("use_dora", true, "lora_magnitude_vector\" of shape [8] is missing"),
    ("bias", "some", "bias is some, which is not known"),
    ("modules_to_save", ["value_head"], "modules_to_save names \"value_head\""),
    ("modules_to_save", ["model.norm"], "model.norm.weight\" of shape [8] is missing"),
    ("rank_pattern", ["q_proj": 4], "has the shape [2, 8], expected [4, 8]"),
    ("rank_pattern", ["q_proj": 0], "rank_pattern gives \"q_proj\" the value 0"),
    ("alpha_pattern", ["q_(proj": 4], "a ( without its )"),
    ("alpha_pattern", ["q_proj": "4"], "alpha_pattern gives"),
    ("target_modules", "(a+)+$", "matches no module of the base"),
    ("target_modules", #"(.*)\1"#, "back references are not run"),
    ("target_modules", "(?<=self_attn.)q_proj", "looking behind is not run"),
    ("target_modules", ".*", "reaches model, which is a group of modules"),
    ("target_modules", ".*norm", "reaches model.layers.0.input_layernorm, which is a norm"),
    ("target_modules", ["q_proj", "c_attn"], "\"c_attn\", which is no module of the base"),
    ("target_modules", ["mlp"], "group of modules"),
    ("target_modules", ["q_proj", "q_proj"], "target_modules names \"q_proj\" twice"),
    ("target_modules", [], "empty"),
    ("exclude_modules", ["q_proj", "down_proj"], "no module is left"),
    ("target_parameters", ["mlp.experts"], "target_parameters is"),
    ("trainable_token_indices", [1, 2], "trainable_token_indices is"),
    ("use_qalora", true, "use_qalora is true"),
    ("kasa_config", ["beta": 1], "kasa_config is"),
    ("a_new_setting", 1, "a_new_setting is 1, which is not done"),
    ("peft_type", "IA3", "peft_type is IA3"),
    ("layers_to_transform", [2], "layers_to_transform names layer 2"),
    ("layers_to_transform", [0], "layers.1.self_attn.q_proj.lora_A.weight\" of shape [2, 8] does not belong"),
    ("layers_pattern", "layers", "layers_pattern is there without layers_to_transform"),
    ("init_lora_weights", "loftq", "changes the base weights"),
    ("lora_bias", true, "lora_B.bias\" of shape [8] is missing"),
    ("init_lora_weights", "pissa_niter_16", "changes the base weights"),
    ("r", 0, "r must be"),
    ("target_modules", "all-linear", "is missing"),
    ("r", 3, "has the shape [2, 8], expected [3, 8]"),
  ]

  @Test(arguments: refusedAdapters.indices)
  func `an adapter that cannot be used as it should is refused by name`(index: Int) throws {
    let (key, value, wanted) = Self.refusedAdapters[index]
    let fixture = try FolderFixture()
    guard var object = try StrictJSON.parse(AdapterConfiguration(rank: 2, alpha: 4, targets: [.q, .down]).json()).objectValue else { return }
    object[key] = value
    try fixture.write("adapter_config.json", OrderedJSON.object(object).text(), adapter: true)
    let text = fixture.adapterFault()
    #expect(text.contains(wanted), "\(text)")
  }

  @Test func `an adapter for another base is refused with the first mismatch`() throws {
    let fixture = try FolderFixture()
    var other = FolderFixture.configuration
    other.hiddenSize = 16
    try fixture.writeAdapter(AdapterConfiguration(rank: 2, alpha: 4, targets: [.q]), base: other)
    let text = fixture.adapterFault()
    #expect(text.contains("the adapter does not fit the base model"))
    #expect(text.contains("base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight\" has the shape [2, 16], expected [2, 8]"))

    try fixture.writeAdapter(AdapterConfiguration(rank: 2, alpha: 4, targets: [.q]), dropping: LlamaTensorName.loraB(.q, layer: 1))
    #expect(fixture.adapterFault().contains("layers.1.self_attn.q_proj.lora_B.weight\" of shape [8, 2] is missing"))
    try FileManager.default.removeItem(at: fixture.adapter.appending(path: "adapter_config.json"))
    #expect(fixture.adapterFault().contains("adapter_config.json: there is no such file"))
  }

  @Test func `rank-stabilised scaling divides by the root of the rank`() throws {
    #expect(AdapterConfiguration(rank: 16, alpha: 32, usesRSLoRA: true).scale == 8)
    #expect(AdapterConfiguration(rank: 16, alpha: 32).scale == 2)
    #expect(AdapterConfiguration(rank: 2, alpha: 4, targets: [.down, .q]).targets == [.q, .down])
  }
}

internal import Files
internal import Kernels
public import Foundation

extension LlamaConfiguration {
  /// Reads `config.json`; see `ModelConfiguration.open`.
  public static func open(_ url: URL) throws -> LlamaConfiguration { try LlamaConfiguration(ModelConfiguration.open(url), file: url.path) }

  /// A model that is a plain Llama, which is what can be trained: no biases, unscaled rotary embedding. Anything else is refused by name.
  /// - file: named in the error
  public init(_ model: ModelConfiguration, file: String) throws {
    var faults = FaultList(file)
    let (rotary, attention, mlp) = (model.rotaries.first, model.blocks[0].attention, model.blocks[0].feedForward)
    if model.architecture != "LlamaForCausalLM" { faults.add("the architecture is \(model.architecture); only LlamaForCausalLM can be trained") }
    if model.linears.contains(where: \.hasBias) { faults.add("linear layers have biases, which cannot be trained") }
    if let rotary, rotary.type != "default" { faults.add("rope_type is \(rotary.type); only default can be trained") }
    if mlp.activation != .silu { faults.add("the activation is another than silu, which alone can be trained") }
    try faults.throwIfAny()
    self.init(
      vocabularySize: model.vocabularySize, hiddenSize: model.hiddenSize, intermediateSize: mlp.width, layers: model.layers, heads: attention.heads,
      keyValueHeads: attention.keyValueHeads, headDimension: attention.headDimension, rmsNormEpsilon: model.finalNorm?.epsilon ?? 1e-6,
      ropeTheta: rotary?.theta ?? 10_000, maximumPositions: model.maximumPositions, tiedEmbeddings: model.tiedEmbeddings, bos: model.bos,
      eos: model.eos, pad: model.pad, initializerRange: model.initializerRange, dtype: model.dtype)
  }

  /// The configuration as `config.json`, which transformers 4 and 5 both read.
  public func json() -> String {
    var object = JSONObject()
    object["architectures"] = ["LlamaForCausalLM"]
    object["attention_bias"] = false
    object["attention_dropout"] = .double(0)
    object["bos_token_id"] = bos.map { .int(Int($0)) } ?? .null
    object["dtype"] = .string(dtype)
    object["eos_token_id"] = eos.count == 1 ? .int(Int(eos[0])) : eos.isEmpty ? .null : .array(eos.map { .int(Int($0)) })
    object["head_dim"] = .int(headDimension)
    object["hidden_act"] = "silu"
    object["hidden_size"] = .int(hiddenSize)
    object["initializer_range"] = .double(initializerRange)
    object["intermediate_size"] = .int(intermediateSize)
    object["max_position_embeddings"] = .int(maximumPositions)
    object["mlp_bias"] = false
    object["model_type"] = "llama"
    object["num_attention_heads"] = .int(heads)
    object["num_hidden_layers"] = .int(layers)
    object["num_key_value_heads"] = .int(keyValueHeads)
    object["pad_token_id"] = pad.map { .int(Int($0)) } ?? .null
    object["rms_norm_eps"] = .double(rmsNormEpsilon)
    object["rope_parameters"] = ["rope_theta": .double(ropeTheta), "rope_type": "default"]
    object["rope_theta"] = .double(ropeTheta)
    object["tie_word_embeddings"] = .bool(tiedEmbeddings)
    object["torch_dtype"] = .string(dtype)
    object["use_cache"] = true
    object["vocab_size"] = .int(vocabularySize)
    return OrderedJSON.object(object).text(indent: 2) + "\n"
  }

  /// Writes `config.json` into a folder.
  public func write(to folder: URL) throws { try DurableFile.write(json(), to: folder.appendingPathComponent("config.json")) }
}

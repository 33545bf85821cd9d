internal import Files
public import Foundation

extension LlamaConfiguration {
  /// Reads `config.json` in the spelling of transformers 4 (`rope_theta`, `rope_scaling`, `torch_dtype`) or 5 (`rope_parameters`, `dtype`).
  ///
  /// Whatever would change the mathematics and is not done here is refused by name, all of it in one error: another architecture, biases, another activation,
  /// scaled rotary embeddings, quantized weights.
  public static func open(_ url: URL) throws -> LlamaConfiguration {
    var reader = try ConfigurationReader(url)
    refuseOthers(&reader)
    let size = 1...(1 << 24)
    let heads = reader.int("num_attention_heads", in: 1...4096)
    let hidden = reader.int("hidden_size", in: size)
    let keyValueHeads = reader.int("num_key_value_heads", in: 1...4096, fallback: heads)
    let headDimension = reader.int("head_dim", in: 2...4096, fallback: max(hidden / heads, 1))
    if reader["head_dim"] == nil && hidden % heads != 0 {
      reader.faults.add("hidden_size \(hidden) is not a multiple of num_attention_heads \(heads), and head_dim is missing")
    }
    if headDimension % 2 != 0 { reader.faults.add("head_dim \(headDimension) is odd; rotary embeddings turn pairs") }
    if heads % keyValueHeads != 0 {
      reader.faults.add("num_attention_heads \(heads) is not a multiple of num_key_value_heads \(keyValueHeads)")
    }
    let configuration = LlamaConfiguration(
      vocabularySize: reader.int("vocab_size", in: size), hiddenSize: hidden, intermediateSize: reader.int("intermediate_size", in: size),
      layers: reader.int("num_hidden_layers", in: 1...1024), heads: heads, keyValueHeads: keyValueHeads, headDimension: headDimension,
      rmsNormEpsilon: reader.double("rms_norm_eps", in: 0...1, fallback: 1e-6), ropeTheta: ropeTheta(&reader),
      maximumPositions: reader.int("max_position_embeddings", in: size), tiedEmbeddings: reader.bool("tie_word_embeddings", fallback: false),
      bos: reader.ids("bos_token_id").first, eos: reader.ids("eos_token_id"), pad: reader.ids("pad_token_id").first,
      initializerRange: reader.double("initializer_range", in: 0...10, fallback: 0.02),
      dtype: (reader["dtype"] ?? reader["torch_dtype"])?.stringValue ?? "float32")
    try reader.faults.throwIfAny()
    return configuration
  }

  private static func refuseOthers(_ reader: inout ConfigurationReader) {
    let another = "use a model of the Llama architecture (LlamaForCausalLM)"
    let architectures = reader["architectures"]?.arrayValue?.compactMap(\.stringValue) ?? []
    let type = reader["model_type"]?.stringValue
    if let unknown = architectures.first(where: { $0 != "LlamaForCausalLM" }) {
      reader.faults.add("the architecture is \(unknown), which is not known", hint: another)
    } else if architectures.isEmpty && type != "llama" {
      reader.faults.add("the model_type is \(type ?? "missing"), which is not known", hint: another)
    }
    if let activation = reader["hidden_act"]?.stringValue, activation != "silu" {
      reader.faults.add("hidden_act is \(activation), only silu is done", hint: another)
    }
    for key in ["attention_bias", "mlp_bias"] where reader.bool(key, fallback: false) {
      reader.faults.add("\(key) is true, linear layers with a bias are not done", hint: another)
    }
    if let quantization = reader["quantization_config"] {
      let method = quantization["quant_method"]?.stringValue.map { " (\($0))" } ?? ""
      reader.faults.add(
        "has a quantization_config\(method); quantized weights are not read", hint: "use the original model in bfloat16, float16 or float32")
    }
  }

  /// The rotary base, from `rope_parameters` (5), else `rope_theta` (4), else 10 000, which Llama had before the key existed.
  private static func ropeTheta(_ reader: inout ConfigurationReader) -> Double {
    let bounds = 1.0...1e12
    for key in ["rope_parameters", "rope_scaling"] {
      guard let rope = reader[key] else { continue }
      guard let members = rope.objectValue else {
        reader.faults.add("\(key) must be an object, found \(rope.kindName)")
        continue
      }
      let type = (members["rope_type"] ?? members["type"])?.stringValue ?? "default"
      if type != "default" {
        reader.faults.add("\(key) has the rope_type \(type), only default is done", hint: "use a model without scaled rotary embeddings")
        continue
      }
      let known = ["rope_type", "type", "rope_theta", "partial_rotary_factor"]
      for other in members.keys where !known.contains(other) { reader.faults.add("\(key) has the key \(other), which is not understood") }
      if let part = members["partial_rotary_factor"]?.doubleValue, part != 1 {
        reader.faults.add("\(key) has the partial_rotary_factor \(part), only 1 is done")
      }
      if let theta = members["rope_theta"], !theta.isNull {
        guard let value = theta.doubleValue, bounds.contains(value) else {
          reader.faults.add("\(key).rope_theta must be a number of at least 1, found \(theta.text().prefix(80))")
          continue
        }
        return value
      }
    }
    if let part = reader["partial_rotary_factor"]?.doubleValue, part != 1 { reader.faults.add("partial_rotary_factor is \(part), only 1 is done") }
    return reader.double("rope_theta", in: bounds, fallback: 10_000)
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

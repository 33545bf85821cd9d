internal import Files
internal import Kernels

/// Gemma 2: norms before and inside every branch, scores and logits capped by tanh, every other layer with a window. Source: transformers' modeling_gemma2.py.
///
/// The embedding's factor is sqrt(hidden_size) rounded to Float, as the reference has it when it computes in float32; in bfloat16 it rounds the factor further.
extension Family {
  static let gemma2 = Family(type: "gemma2", architectures: ["Gemma2ForCausalLM": .causal, "Gemma2Model": .base], purpose: .causal) {
    reader, purpose in
    let sizes = DecoderSizes(&reader, headDimension: 256, keyValueHeads: 4)
    reader.refuseBidirectional()
    let activation = reader.activation("hidden_activation", fallback: .geluTanh)
    let bias = reader.bool("attention_bias", fallback: false)
    let scale = 1 / reader.double("query_pre_attn_scalar", in: 1e-6...1e9, fallback: 256).squareRoot()
    let scoreCap = reader.cap("attn_logit_softcapping", fallback: 50)
    let logitCap = reader.cap("final_logit_softcapping", fallback: 30)
    let window = reader.window(fallback: 4096)
    let types = reader.layerTypes(sizes.layers) { $0 % 2 == 0 ? .sliding : .full }
    let blocks = (0..<sizes.layers).map { index in
      let layer = "model.layers.\(index)"
      var attention = sizes.attention("\(layer).self_attn", inputBias: bias, outputBias: bias)
      attention.scale = scale
      attention.softcap = scoreCap
      attention.window = types[index] == .sliding ? reader.needed(window) : nil
      return sizes.gemmaBlock(layer, attention, activation)
    }
    let decoder = sizes.decoder(&reader, purpose, rotary: reader.rotary(sizes), blocks: blocks, norm: .rmsPlusOne, tied: true)
    return sizes.gemma(decoder, logitCap: logitCap)
  }
}

extension DecoderSizes {
  /// Four norms a block, two of them inside the residual branch.
  func gemmaBlock(_ layer: String, _ attention: Attention, _ activation: Activation) -> Block {
    Block(
      attention: attention,
      attentionNorms: Norms(
        before: norm("\(layer).input_layernorm", .rmsPlusOne), inside: norm("\(layer).post_attention_layernorm", .rmsPlusOne)),
      feedForward: gated("\(layer).mlp", activation),
      feedForwardNorms: Norms(
        before: norm("\(layer).pre_feedforward_layernorm", .rmsPlusOne), inside: norm("\(layer).post_feedforward_layernorm", .rmsPlusOne)))
  }

  /// Scaled embeddings and capped logits.
  func gemma(_ decoder: ModelConfiguration, logitCap: Double?) -> ModelConfiguration {
    var gemma = decoder
    gemma.embedding.scale = Float(Double(hidden).squareRoot())
    if case .language(let linear, _) = gemma.head { gemma.head = .language(linear, softcap: logitCap) }
    return gemma
  }
}

extension ConfigurationReader {
  /// A cap, unless it is null; `fallback` where the file does not have the key.
  mutating func cap(_ key: String, fallback: Double?) -> Double? { object[key] == nil ? fallback : double(key, in: 1e-3...1e6) }

  mutating func refuseBidirectional() {
    if bool("use_bidirectional_attention", fallback: false) { faults.add("use_bidirectional_attention is true, which is not done") }
  }
}

internal import Files
internal import Foundation

/// What `generation_config.json` says: when generation stops and how tokens are drawn. All of it may be missing.
public struct GenerationConfiguration: Sendable, Hashable {
  /// Any of these ends a generation. Llama 3 lists more here than `config.json` does.
  public var eos: [Int32]
  public var bos: Int32?
  public var pad: Int32?
  public var samples: Bool
  public var temperature: Double
  /// 0 where all tokens are allowed.
  public var topK: Int
  public var topP: Double
  public var minP: Double
  /// 1 where repetition costs nothing.
  public var repetitionPenalty: Double
  public var maximumNewTokens: Int?

  public init(
    eos: [Int32] = [], bos: Int32? = nil, pad: Int32? = nil, samples: Bool = false, temperature: Double = 1, topK: Int = 0, topP: Double = 1,
    minP: Double = 0, repetitionPenalty: Double = 1, maximumNewTokens: Int? = nil
  ) {
    self.eos = eos
    self.bos = bos
    self.pad = pad
    self.samples = samples
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.minP = minP
    self.repetitionPenalty = repetitionPenalty
    self.maximumNewTokens = maximumNewTokens
  }

  /// Reads `generation_config.json`; without one, the ids of `config.json`.
  static func open(_ url: URL, model: ModelConfiguration) throws -> GenerationConfiguration {
    guard FileManager.default.fileExists(atPath: url.path) else { return GenerationConfiguration(eos: model.eos, bos: model.bos, pad: model.pad) }
    var reader = try ConfigurationReader(url)
    let eos = reader.ids("eos_token_id")
    let configuration = GenerationConfiguration(
      eos: eos.isEmpty ? model.eos : eos, bos: reader.ids("bos_token_id").first ?? model.bos, pad: reader.ids("pad_token_id").first ?? model.pad,
      samples: reader.bool("do_sample", fallback: false), temperature: reader.double("temperature", in: 0...1000, fallback: 1),
      topK: reader.int("top_k", in: 0...(1 << 30), fallback: 0), topP: reader.double("top_p", in: 0...1, fallback: 1),
      minP: reader.double("min_p", in: 0...1, fallback: 0), repetitionPenalty: reader.double("repetition_penalty", in: 0.001...1000, fallback: 1),
      maximumNewTokens: reader["max_new_tokens"] == nil ? nil : reader.int("max_new_tokens", in: 0...(1 << 30)))
    try reader.faults.throwIfAny()
    return configuration
  }
}

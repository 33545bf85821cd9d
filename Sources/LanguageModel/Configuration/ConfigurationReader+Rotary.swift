internal import Files
internal import Foundation

extension ConfigurationReader {
  /// The members that describe the one rotary embedding of a model: transformers 4's `rope_scaling` where it says something, else 5's `rope_parameters`.
  mutating func rotaryMembers() -> (key: String, members: JSONObject) {
    for key in ["rope_scaling", "rope_parameters"] {
      guard let rope = self[key] else { continue }
      guard let members = rope.objectValue else {
        faults.add("\(key) must be an object, found \(rope.kindName)")
        continue
      }
      if !members.isEmpty { return (key, members) }
    }
    return ("rope_parameters", JSONObject())
  }

  /// A rotary embedding over heads of `headDimension`, and the longest text it is made for.
  ///
  /// - theta: `rope_theta` where the members do not have it
  /// - positions: `max_position_embeddings`
  /// - original: `original_max_position_embeddings` beside the members, which wins over theirs; else theirs, else `positions`
  /// - partial: the share of a head that turns; only the families that know the key give one
  mutating func rotary(
    _ key: String, _ members: JSONObject, headDimension: Int, theta: Double, positions: Int, original: Int? = nil, partial: Double? = nil,
    aliases: [String: String] = [:]
  ) -> (rotary: RotaryEmbedding, positions: Int) {
    var rope = ConfigurationReader(members, path: path)
    let known = [
      "rope_type", "type", "rope_theta", "partial_rotary_factor", "factor", "original_max_position_embeddings", "attention_factor", "beta_fast",
      "beta_slow", "mscale", "mscale_all_dim", "truncate", "low_freq_factor", "high_freq_factor", "short_factor", "long_factor",
    ]
    for other in members.keys where !known.contains(other) { rope.faults.add("has the key \(other), which is not understood") }
    let written = (rope["rope_type"] ?? rope["type"])?.stringValue ?? "default"
    let type = aliases[written] ?? written
    let theta = rope.double("rope_theta", in: 1...1e12, fallback: theta)
    let share = rope["partial_rotary_factor"] == nil ? partial ?? 1 : rope.double("partial_rotary_factor", in: 0...1, fallback: 1)
    if share != 1 && partial == nil { rope.faults.add("has the partial_rotary_factor \(share), which this family does not know") }
    let dimension = Int(Double(headDimension) * share)
    if dimension < 2 || dimension % 2 != 0 { rope.faults.add("turns \(dimension) elements of each head, which cannot be split in pairs") }
    let length = original ?? rope.int("original_max_position_embeddings", in: 1...(1 << 30), fallback: positions)

    var result = RotaryEmbedding(
      type: type, theta: theta, dimension: max(2, dimension),
      frequencies: .fixed(RotaryEmbedding.frequencies(theta: theta, dimension: max(2, dimension))), factor: 1)
    var longest = positions
    switch (type, result.frequencies) {
    case ("default", _): break
    case ("linear", .fixed(let plain)):
      let factor = rope.factor()
      result.frequencies = .fixed(plain.map { $0 / Float(factor) })
      longest = Int(Double(positions) * factor)
    case ("dynamic", _):
      let factor = rope.factor()
      if dimension < 4 { rope.faults.add("scales dynamically over \(dimension) elements; at least 4 are needed") }
      result.frequencies = .dynamic(theta: theta, factor: factor, positions: positions)
      longest = Int(Double(positions) * factor)
    case ("llama3", .fixed(let plain)):
      let (low, high) = (rope.needed("low_freq_factor"), rope.needed("high_freq_factor"))
      if low >= high { rope.faults.add("needs a low_freq_factor below the high_freq_factor, found \(low) and \(high)") }
      result.frequencies = .fixed(RotaryEmbedding.llama3(plain, factor: rope.factor(), low: low, high: high, original: length))
    case ("yarn", _):
      let factor = rope["factor"] == nil ? Double(positions) / Double(length) : rope.factor()
      result.factor = Float(rope.yarnAttention(factor))
      result.frequencies = .fixed(
        RotaryEmbedding.yarn(
          theta: theta, dimension: result.dimension, factor: factor, original: length,
          betaFast: rope.double("beta_fast", in: 1e-6...1e6, fallback: 32), betaSlow: rope.double("beta_slow", in: 1e-6...1e6, fallback: 1),
          truncates: rope.bool("truncate", fallback: true)))
      longest = max(positions, Int(Double(length) * factor))
    case ("longrope", .fixed(let plain)):
      let factor = rope["factor"] == nil ? Double(positions) / Double(length) : rope.factor()
      let attention = factor <= 1 || length < 2 ? 1 : (1 + log(factor) / log(Double(length))).squareRoot()
      result.factor = Float(rope.double("attention_factor", in: 0...1e6, fallback: attention))
      let (short, long) = (rope.factors("short_factor", plain.count), rope.factors("long_factor", plain.count))
      result.frequencies = .long(
        short: zip(plain, short).map { 1 / ($1 * (1 / $0)) }, long: zip(plain, long).map { 1 / ($1 * (1 / $0)) }, positions: length)
    default:
      rope.faults.add(
        "has the rope_type \(written), which is not known", hint: "known are default, linear, dynamic, llama3, yarn and longrope")
    }
    for fault in rope.faults.faults { faults.add("\(key) \(fault.problem)", hint: fault.hint) }
    return (result, longest)
  }

  private mutating func factor() -> Double { needed("factor", in: 1...1e6) }

  private mutating func needed(_ key: String, in bounds: ClosedRange<Double> = 1e-6...1e6) -> Double {
    if self[key] == nil { faults.add("needs a \(key)") }
    return double(key, in: bounds, fallback: bounds.lowerBound)
  }

  private mutating func yarnAttention(_ factor: Double) -> Double {
    func grown(_ scale: Double, _ times: Double) -> Double { scale <= 1 ? 1 : 0.1 * times * log(scale) + 1 }
    let (mscale, all) = (double("mscale", in: 0...1e3, fallback: 0), double("mscale_all_dim", in: 0...1e3, fallback: 0))
    return double(
      "attention_factor", in: 0...1e6, fallback: mscale != 0 && all != 0 ? grown(factor, mscale) / grown(factor, all) : grown(factor, 1))
  }

  private mutating func factors(_ key: String, _ count: Int) -> [Float] {
    let numbers = self[key]?.arrayValue?.compactMap { $0.doubleValue }.filter { $0.isFinite && $0 > 0 } ?? []
    if numbers.count != count || self[key]?.arrayValue?.count != count {
      faults.add("needs a \(key) of \(count) positive numbers")
      return [Float](repeating: 1, count: count)
    }
    return numbers.map { Float($0) }
  }
}

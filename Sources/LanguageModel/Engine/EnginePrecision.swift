internal import Kernels

/// How an engine keeps its weights and multiplies with them. Sums are in float in every precision, norms, attention and softmax too.
public enum EnginePrecision: String, Sendable, Hashable, CaseIterable {
  /// Products in float. Weights that are stored as bfloat16 stay so in memory and are widened as they are read: the numbers are those of float weights.
  case float32
  /// Weights in bfloat16; products of activations rounded to bfloat16 where the processor has the instruction, which doubles their speed.
  case bfloat16
  /// Weights of linear layers rounded to 8 bits, one scale a row: half of bfloat16's memory, for generation, which waits for memory.
  case int8

  /// The form of a linear layer's weight.
  /// - isBFloat16: whether the values are bfloat16 already
  func form(isBFloat16: Bool) -> PackedMatrix.Form {
    switch self {
    case .float32: isBFloat16 ? .bfloat16 : .float32
    case .bfloat16: .bfloat16Products
    case .int8: .int8
    }
  }
}

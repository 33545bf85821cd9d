public import Kernels

/// A LoRA adapter: y = W x + s B A x for the linear layers it targets, s = alpha / r, or alpha / sqrt(r) with rsLoRA.
public struct LoRAWeights: Sendable {
  public struct Adapter: Sendable {
    /// (r, in)
    public var a: Matrix
    /// (out, r)
    public var b: Matrix

    public init(a: Matrix, b: Matrix) {
      (self.a, self.b) = (a, b)
    }
  }

  /// By the path of the linear layer.
  public var adapters: [String: Adapter]
  /// s
  public var scale: Float

  /// Takes A and B of the listed layers from `source`, under the names PEFT gives them.
  public init(_ linears: [Linear], rank: Int, scale: Float, source: (String) throws -> [Float]) throws {
    self.scale = scale
    adapters = [:]
    for linear in linears {
      adapters[linear.path] = Adapter(
        a: Matrix(try source(linear.loraA), rows: rank, columns: linear.inputSize),
        b: Matrix(try source(linear.loraB), rows: linear.outputSize, columns: rank))
    }
  }

  /// The weights of an adapter folder.
  public init(_ folder: AdapterFolder) throws {
    try self.init(folder.linears, rank: folder.configuration.rank, scale: Float(folder.configuration.scale)) { try folder.floats(named: $0) }
  }

  /// W + s B A, in Float, for a layer that has an adapter, else nil; W is not touched.
  func merged(_ linear: Linear, into weight: Matrix) -> Matrix? {
    guard let adapter = adapters[linear.path] else { return nil }
    let sum = Matrix(rows: weight.rows, columns: weight.columns)
    matmul(adapter.b, adapter.a, into: sum)
    Kernels.scale(sum, by: scale)
    add(weight, to: sum)
    return sum
  }
}

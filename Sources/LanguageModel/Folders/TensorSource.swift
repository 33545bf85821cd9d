/// Where an engine takes a model's tensors from, by the names of the model's configuration.
public protocol TensorSource {
  /// A tensor's elements, row by row as stored, all of them finite.
  func floats(named name: String) throws -> [Float]
  /// Whether the tensor is stored as bfloat16, so that `readBFloat16` gives it as it is.
  func isBFloat16(_ name: String) -> Bool
  /// A tensor's elements from element `first` on as bit patterns, all of them finite: as many as `bits` has.
  func readBFloat16(named name: String, from first: Int, into bits: inout [UInt16]) throws
}

/// Tensors that come as floats, whatever they were before.
public struct FloatTensors: TensorSource {
  private let values: (String) throws -> [Float]

  public init(_ values: @escaping (String) throws -> [Float]) {
    self.values = values
  }

  public func floats(named name: String) throws -> [Float] { try values(name) }
  public func isBFloat16(_ name: String) -> Bool { false }
  public func readBFloat16(named name: String, from first: Int, into bits: inout [UInt16]) throws { preconditionFailure("no tensor is in bfloat16") }
}

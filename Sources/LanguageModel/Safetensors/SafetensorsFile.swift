internal import Files
public import Foundation

/// A safetensors file, open for reading. The header is checked whole when it is opened; tensors are read when asked for.
///
/// Reading goes through `pread` into memory, so a file cut short meanwhile is an error and no SIGBUS. Data may lie at any alignment.
public final class SafetensorsFile: Sendable {
  /// One entry of the header.
  public struct Tensor: Sendable, Hashable {
    public let name: String
    public let type: SafetensorsType
    /// Row-major; empty for a scalar.
    public let shape: [Int]
    /// Where its bytes are, counted from the start of the data.
    public let bytes: Range<Int>

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
  }

  public let url: URL
  /// `__metadata__`; Hugging Face writes `{"format": "pt"}`.
  public let metadata: [String: String]
  /// By offset.
  public let tensors: [Tensor]
  private let index: [ExactText: Int]
  private let dataStart: Int
  private let file: OpenFile

  private init(_ file: OpenFile) throws {
    let header = try SafetensorsHeader.read(file)
    self.file = file
    url = file.url
    metadata = header.metadata
    tensors = header.tensors
    dataStart = header.dataStart
    index = Dictionary(uniqueKeysWithValues: header.tensors.enumerated().map { (ExactText($0.element.name), $0.offset) })
  }

  /// Opens and checks. Throws `FileFault` or, for a header that is not JSON, `JSONFault`.
  public static func open(_ url: URL) throws -> SafetensorsFile { try SafetensorsFile(OpenFile(url)) }

  public func tensor(named name: String) -> Tensor? { index[ExactText(name)].map { tensors[$0] } }

  /// A tensor's elements as Float: BF16 and F16 widened, exactly; F32 as it is, NaN and infinities included.
  public func floats(named name: String) throws -> [Float] {
    let tensor = try known(name)
    guard tensor.type.isReadable else {
      throw FileFault(
        file: url.path, problem: "tensor \"\(name)\" is stored as \(tensor.type.rawValue), which cannot be read",
        hint: "save the model in bfloat16, float16 or float32")
    }
    var floats: [Float] = []
    floats.reserveCapacity(tensor.count)
    // In pieces, so that the bytes never take as much memory as the floats.
    let piece = 4 << 20
    var start = tensor.bytes.lowerBound
    while start < tensor.bytes.upperBound {
      let bytes = try file.read(at: dataStart + start, count: min(piece, tensor.bytes.upperBound - start))
      Self.append(bytes, tensor.type, to: &floats)
      start += bytes.count
    }
    try file.checkUnchanged()
    return floats
  }

  /// Elements of a tensor that is stored as BF16, from element `first` on, as bit patterns: as many as `bits` has.
  func readBFloat16(named name: String, from first: Int, into bits: inout [UInt16]) throws {
    let tensor = try known(name)
    precondition(tensor.type == .bf16 && first >= 0 && first + bits.count <= tensor.count, "elements \(first)..<\(first + bits.count) of \(name)")
    try file.read(at: dataStart + tensor.bytes.lowerBound + 2 * first, into: &bits)
    try file.checkUnchanged()
  }

  /// A tensor's bytes as they are stored.
  public func bytes(named name: String) throws -> [UInt8] {
    let tensor = try known(name)
    let bytes = try file.read(at: dataStart + tensor.bytes.lowerBound, count: tensor.bytes.count)
    try file.checkUnchanged()
    return bytes
  }

  /// SHA-256 of the whole file, from the bytes this object reads.
  func digest() throws -> Digest { try Digest.of(file) }

  private func known(_ name: String) throws -> Tensor {
    guard let tensor = tensor(named: name) else {
      throw FileFault(file: url.path, reason: .notFound, problem: "holds no tensor \"\(name)\"")
    }
    return tensor
  }

  private static func append(_ bytes: [UInt8], _ type: SafetensorsType, to floats: inout [Float]) {
    bytes.withUnsafeBytes { raw in
      switch type {
      case .f32:
        for i in 0..<(raw.count / 4) {
          floats.append(Float(bitPattern: UInt32(littleEndian: raw.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))))
        }
      case .bf16:
        for i in 0..<(raw.count / 2) {
          floats.append(BFloat16.float(UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self))))
        }
      case .f16:
        for i in 0..<(raw.count / 2) {
          floats.append(Float(Float16(bitPattern: UInt16(littleEndian: raw.loadUnaligned(fromByteOffset: 2 * i, as: UInt16.self)))))
        }
      default: preconditionFailure("only readable types come here")
      }
    }
  }
}

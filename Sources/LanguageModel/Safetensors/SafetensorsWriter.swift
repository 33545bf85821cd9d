internal import Files
public import Foundation

/// Gathers tensors and writes them as a safetensors file, byte for byte as the reference implementation does:
/// tensors by type (widest first), then by name; the header padded with spaces to a multiple of 8.
public struct SafetensorsWriter: Sendable {
  private struct Entry: Sendable {
    var name: String
    var type: SafetensorsType
    var shape: [Int]
    var bytes: [UInt8]
  }

  private let metadata: [String: String]
  private var entries: [Entry] = []

  /// - metadata: `{"format": "pt"}` is what transformers and PEFT look for.
  public init(metadata: [String: String] = ["format": "pt"]) {
    self.metadata = metadata
  }

  /// Adds a tensor; `floats` is row-major with as many elements as `shape` says. BF16 and F16 are rounded to nearest, ties to even.
  public mutating func add(_ name: String, shape: [Int], floats: [Float], as type: SafetensorsType = .f32) {
    precondition(floats.count == shape.reduce(1, *), "tensor \(name): \(floats.count) values for the shape \(shape)")
    var bytes: [UInt8] = []
    bytes.reserveCapacity(floats.count * type.bits / 8)
    for value in floats {
      switch type {
      case .f32: Self.append(value.bitPattern, to: &bytes)
      case .bf16: Self.append(BFloat16.bits(value), to: &bytes)
      case .f16: Self.append(Float16(value).bitPattern, to: &bytes)
      default: preconditionFailure("Vigil writes F32, BF16 and F16, not \(type.rawValue)")
      }
    }
    add(name, shape: shape, bytes: bytes, type: type)
  }

  /// Adds a tensor whose bytes are made already (little-endian).
  public mutating func add(_ name: String, shape: [Int], bytes: [UInt8], type: SafetensorsType) {
    precondition(name != "__metadata__" && !entries.contains { $0.name.hasSameBytes(as: name) }, "tensor \(name) is there already")
    precondition(bytes.count * 8 == shape.reduce(1, *) * type.bits, "tensor \(name): \(bytes.count) bytes for the shape \(shape)")
    entries.append(Entry(name: name, type: type, shape: shape, bytes: bytes))
  }

  /// Writes the file so that a crash leaves the old one or the new one, whole.
  public func write(to url: URL) throws {
    let (header, ordered) = layout()
    try DurableFile.write(to: url) { (sink) throws(FileFault) in
      try sink.write(header)
      for entry in ordered { try sink.write(entry.bytes) }
    }
  }

  /// The file's bytes.
  public func bytes() -> [UInt8] {
    let (header, ordered) = layout()
    return ordered.reduce(into: header) { $0 += $1.bytes }
  }

  private func layout() -> (header: [UInt8], ordered: [Entry]) {
    let ordered = entries.sorted {
      $0.type.rank != $1.type.rank ? $0.type.rank > $1.type.rank : $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    var object = JSONObject()
    if !metadata.isEmpty {
      let sorted = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      object["__metadata__"] = .object(JSONObject(sorted.map { ($0.key, .string($0.value)) }))
    }
    var offset = 0
    for entry in ordered {
      let end = offset + entry.bytes.count
      object[entry.name] = [
        "dtype": .string(entry.type.rawValue), "shape": .array(entry.shape.map(OrderedJSON.int)), "data_offsets": [.int(offset), .int(end)],
      ]
      offset = end
    }
    var json = OrderedJSON.object(object).bytes()
    json += repeatElement(0x20, count: (8 - json.count % 8) % 8)
    var header: [UInt8] = []
    Self.append(UInt64(json.count), to: &header)
    return (header + json, ordered)
  }

  private static func append(_ value: some FixedWidthInteger, to bytes: inout [UInt8]) {
    for shift in stride(from: 0, to: value.bitWidth, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
}

internal import Files

/// The header of a safetensors file, checked: every tensor's bytes are where the header says, all bytes belong to exactly one tensor.
///
/// Source: huggingface/safetensors, safetensors/src/tensor.rs (`read_metadata`, `validate`). As there: at most 100 MB of header, offsets in order without hole,
/// overlap or tail, sizes equal to shape times width with overflow checked. Stricter than there: no key twice, at most a million tensors.
struct SafetensorsHeader: Sendable {
  var metadata: [String: String]
  /// By offset.
  var tensors: [SafetensorsFile.Tensor]
  /// Where the tensors' bytes begin in the file.
  var dataStart: Int

  static let maximumBytes = 100_000_000
  static let maximumTensors = 1_000_000

  static func read(_ file: OpenFile) throws -> SafetensorsHeader {
    let path = file.url.path
    guard file.size >= 8 else {
      throw invalid(path, "is \(file.size) bytes long, too short for the header's length", "the file was cut short; copy it again")
    }
    let prefix = try file.read(at: 0, count: 8)
    let length = prefix.enumerated().reduce(UInt64(0)) { $0 | UInt64($1.element) << UInt64(8 * $1.offset) }
    guard length <= UInt64(maximumBytes) else {
      throw invalid(
        path, "claims a header of \(length) bytes, more than the \(maximumBytes) allowed", "it is not a safetensors file; check its name and origin")
    }
    let end = 8 + Int(length)
    guard end <= file.size else {
      throw invalid(path, "claims a header of \(length) bytes, but the file has \(file.size)", "the file was cut short; copy it again")
    }
    let bytes = try file.read(at: 8, count: Int(length))
    guard bytes.first == UInt8(ascii: "{") else {
      throw invalid(path, "its header does not begin with {", "it is not a safetensors file; check its name and origin")
    }
    return try parse(bytes, path: path, dataStart: end, dataBytes: file.size - end)
  }

  private static func parse(_ bytes: [UInt8], path: String, dataStart: Int, dataBytes: Int) throws -> SafetensorsHeader {
    var scanner = try JSONScanner(bytes, file: path, baseOffset: 8)
    var metadata: [String: String] = [:]
    var tensors: [SafetensorsFile.Tensor] = []
    var names: Set<ExactText> = []
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      guard names.insert(ExactText(key)).inserted else { throw scanner.fault("the name \"\(key)\" is there twice") }
      if key == "__metadata__" {
        metadata = try parseMetadata(&scanner)
      } else {
        guard tensors.count < maximumTensors else { throw scanner.fault("more than \(maximumTensors) tensors") }
        tensors.append(try parseTensor(key, &scanner))
      }
    }
    try scanner.end()
    tensors.sort { ($0.bytes.lowerBound, $0.bytes.upperBound) < ($1.bytes.lowerBound, $1.bytes.upperBound) }
    try check(tensors, path: path, dataBytes: dataBytes)
    return SafetensorsHeader(metadata: metadata, tensors: tensors, dataStart: dataStart)
  }

  private static func parseMetadata(_ scanner: inout JSONScanner) throws -> [String: String] {
    var metadata: [String: String] = [:]
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
        throw scanner.fault("the key \"\(key)\" of __metadata__ is there twice")
      }
    }
    return metadata
  }

  private static func parseTensor(_ name: String, _ scanner: inout JSONScanner) throws -> SafetensorsFile.Tensor {
    var type: SafetensorsType?
    var shape: [Int]?
    var offsets: [Int]?
    try scanner.beginObject()
    while let key = try scanner.nextKey() {
      switch key {
      case "dtype" where type == nil:
        let text = try scanner.string()
        guard let known = SafetensorsType(rawValue: text) else { throw scanner.fault("tensor \"\(name)\": there is no dtype \"\(text)\"") }
        type = known
      case "shape" where shape == nil: shape = try naturals(&scanner, name, key)
      case "data_offsets" where offsets == nil: offsets = try naturals(&scanner, name, key)
      case "dtype", "shape", "data_offsets": throw scanner.fault("tensor \"\(name)\": \(key) is there twice")
      default: throw scanner.fault("tensor \"\(name)\": the key \"\(key)\" does not belong here")
      }
    }
    guard let type, let shape, let offsets else { throw scanner.fault("tensor \"\(name)\": dtype, shape or data_offsets is missing") }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw scanner.fault("tensor \"\(name)\": data_offsets must be two numbers, begin and end, found \(offsets)")
    }
    return SafetensorsFile.Tensor(name: name, type: type, shape: shape, bytes: offsets[0]..<offsets[1])
  }

  private static func naturals(_ scanner: inout JSONScanner, _ name: String, _ key: String) throws -> [Int] {
    var values: [Int] = []
    try scanner.beginArray()
    while try scanner.nextElement() {
      let value = try scanner.int()
      guard value >= 0 else { throw scanner.fault("tensor \"\(name)\": \(key) holds the negative number \(value)") }
      values.append(value)
      guard values.count <= 64 else { throw scanner.fault("tensor \"\(name)\": \(key) has more than 64 entries") }
    }
    return values
  }

  /// `tensors` sorted by offset must cover the data exactly.
  private static func check(_ tensors: [SafetensorsFile.Tensor], path: String, dataBytes: Int) throws {
    let again = "the file is damaged or was made to mislead; get it again from its source"
    var end = 0
    for tensor in tensors {
      guard tensor.bytes.lowerBound == end else {
        let what = tensor.bytes.lowerBound < end ? "overlaps the tensor before it" : "leaves a hole before it"
        throw invalid(path, "tensor \"\(tensor.name)\" \(what): it begins at \(tensor.bytes.lowerBound), \(end) was expected", again)
      }
      // Elements first, then bits: a dimension of 0 makes the rest of the shape free, as in the reference.
      var bits = 1
      for factor in tensor.shape + [tensor.type.bits] {
        let (product, overflow) = bits.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw invalid(path, "tensor \"\(tensor.name)\": the shape \(tensor.shape) is too large to be true", again) }
        bits = product
      }
      guard bits % 8 == 0, bits / 8 == tensor.bytes.count else {
        throw invalid(
          path,
          "tensor \"\(tensor.name)\": shape \(tensor.shape) of \(tensor.type.rawValue) takes \(bits / 8) bytes, data_offsets give it \(tensor.bytes.count)",
          again)
      }
      end = tensor.bytes.upperBound
    }
    guard end == dataBytes else {
      let mend = end > dataBytes ? "the file was cut short; copy it again" : again
      throw invalid(path, "its tensors take \(end) bytes, the file holds \(dataBytes)", mend)
    }
  }

  private static func invalid(_ path: String, _ problem: String, _ hint: String) -> FileFault {
    FileFault(file: path, problem: problem, hint: hint)
  }
}

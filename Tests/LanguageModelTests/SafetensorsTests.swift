import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

struct SafetensorsTests {
  /// Against Hugging Face's safetensors and PyTorch: `Fixtures/golden/scripts/safetensors_golden.py`.
  private static func golden() throws -> OrderedJSON {
    try StrictJSON.parse([UInt8](TestSupport.golden("safetensors.json")), file: "safetensors.json")
  }

  private static func numbers(_ value: OrderedJSON?) -> [Int] { (value?.arrayValue ?? []).compactMap(\.intValue) }

  @Test func `the writer's bytes are those of the reference implementation`() throws {
    for file in try Self.golden()["files"]?.arrayValue ?? [] {
      var metadata: [String: String] = [:]
      for (key, value) in file["metadata"]?.objectValue?.members ?? JSONObject().members { metadata[key] = value.stringValue }
      var writer = SafetensorsWriter(metadata: metadata)
      for entry in file["entries"]?.arrayValue ?? [] {
        writer.add(
          try #require(entry["name"]?.stringValue), shape: Self.numbers(entry["shape"]),
          floats: Self.numbers(entry["bits"]).map { Float(bitPattern: UInt32($0)) },
          as: try #require(SafetensorsType(rawValue: entry["type"]?.stringValue ?? "")))
      }
      let expected = try #require(Data(base64Encoded: file["base64"]?.stringValue ?? ""))
      #expect(writer.bytes() == [UInt8](expected))
    }
  }

  @Test func `reading gives back what was written, widened exactly`() throws {
    let folder = try TemporaryFolder()
    for (number, file) in (try Self.golden()["files"]?.arrayValue ?? []).enumerated() {
      let url = folder.url.appending(path: "\(number).safetensors")
      try #require(Data(base64Encoded: file["base64"]?.stringValue ?? "")).write(to: url)
      let opened = try SafetensorsFile.open(url)
      for entry in file["entries"]?.arrayValue ?? [] {
        let name = try #require(entry["name"]?.stringValue)
        let tensor = try #require(opened.tensor(named: name))
        #expect(tensor.shape == Self.numbers(entry["shape"]))
        let values = Self.numbers(entry["bits"]).map { Float(bitPattern: UInt32($0)) }
        let expected: [Float] =
          switch tensor.type {
          case .bf16: values.map(BFloat16.rounded)
          case .f16: values.map { Float(Float16($0)) }
          default: values
          }
        #expect(try opened.floats(named: name).map(\.bitPattern) == expected.map(\.bitPattern))
      }
    }
  }

  @Test func `bfloat16 rounds to nearest, ties to even, as PyTorch does`() throws {
    let rounding = try Self.golden()["rounding"]
    let floats = Self.numbers(rounding?["float"]).map { Float(bitPattern: UInt32($0)) }
    #expect(floats.count > 350)
    for (value, expected) in zip(floats, Self.numbers(rounding?["bf16"])) {
      #expect(BFloat16.bits(value) == UInt16(expected), "\(String(value.bitPattern, radix: 16))")
    }
    #expect(BFloat16.bits(.nan) == 0x7FC0)
    #expect(BFloat16.bits(Float(bitPattern: 0x7F80_0001)) == 0x7FC0, "a NaN whose upper half looks like infinity stays a NaN")
    for (value, expected) in zip(floats, Self.numbers(rounding?["f16"])) {
      #expect(Float16(value).bitPattern == UInt16(expected), "\(String(value.bitPattern, radix: 16))")
    }
    for bits in UInt16.min ... .max where !BFloat16.float(bits).isNaN { #expect(BFloat16.bits(BFloat16.float(bits)) == bits) }
  }

  // MARK: - Unwelcome files

  private static func file(_ header: String, data: Int) -> [UInt8] {
    let json = Array(header.utf8)
    return (0..<8).map { UInt8(truncatingIfNeeded: json.count >> (8 * $0)) } + json + Array(repeating: 0, count: data)
  }

  private func fault(_ bytes: [UInt8]) throws -> String {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "bad.safetensors")
    try Data(bytes).write(to: url)
    let error = #expect(throws: (any Error).self) { try SafetensorsFile.open(url) }
    let text = "\(error.map { "\($0)" } ?? "")"
    #expect(text.contains("bad.safetensors"))
    return text
  }

  @Test func `a file cut short at any byte of the header, or in the data, is an error`() throws {
    var writer = SafetensorsWriter()
    writer.add("a", shape: [2, 2], floats: [1, 2, 3, 4])
    writer.add("b", shape: [3], floats: [1, 2, 3], as: .bf16)
    let bytes = writer.bytes()
    for count in 0..<bytes.count { _ = try fault(Array(bytes[..<count])) }
    #expect(try fault(bytes + [0]).contains("its tensors take 22 bytes, the file holds 23"))
  }

  static let bad: [(header: String, data: Int, wanted: String)] = [
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[2,6]}}"#, 6, "overlaps"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "overlaps"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "hole"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}"#, 12, "hole"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 8, "take 4 bytes, the file holds 8"),
    (#"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4, "takes 8 bytes"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}"#, 4, "begin and end"),
    (#"{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}"#, 4, "negative"),
    (#"{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}"#, 4, "whole number"),
    (#"{"a":{"dtype":"F32","shape":[9223372036854775807,3],"data_offsets":[0,4]}}"#, 4, "too large"),
    (#"{"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}}"#, 4, "whole number"),
    (#"{"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}}"#, 1, "takes 0 bytes"),
    (#"{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}"#, 4, "no dtype"),
    (#"{"a":{"dtype":"F32","shape":[1]}}"#, 4, "missing"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}}"#, 4, "extra"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#, 8, "twice"),
    (#"{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "twice"),
    (#"{"__metadata__":{"x":1}}"#, 0, "string"),
    (#"{"__metadata__":{"x":"1","x":"2"}}"#, 0, "twice"),
    (#" {"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#, 4, "begin with {"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}x"#, 4, "should end"),
    (#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#, 4, "cut short"),
    ("[]", 0, "begin with {"),
  ]

  @Test(arguments: bad.indices)
  func `a header that lies is refused with the reason`(index: Int) throws {
    let (header, data, wanted) = Self.bad[index]
    let text = try fault(Self.file(header, data: data))
    #expect(text.contains(wanted), "\(text)")
  }

  @Test func `a header of absurd length is refused before memory is taken for it`() throws {
    #expect(try fault([0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7B]).contains("more than the 100000000 allowed"))
    #expect(try fault([0, 0, 0, 5, 0, 0, 0, 0, 0x7B]).contains("the file has 9"))
    #expect(try fault([0xFF, 0, 0, 0, 0, 0, 0, 0, 0x7B]).contains("cut short"))
  }

  @Test func `types that cannot be read are refused by name when they are asked for`() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "ints.safetensors")
    try Data(Self.file(#"{"n":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#, data: 8)).write(to: url)
    let file = try SafetensorsFile.open(url)
    let fault = #expect(throws: FileFault.self) { try file.floats(named: "n") }
    #expect(fault?.description.contains("I64") == true)
    #expect(try file.bytes(named: "n").count == 8)
    #expect(throws: FileFault.self) { try file.floats(named: "missing") }
  }

  @Test func `scalars and dimensions of 0 are shapes like others`() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "shapes.safetensors")
    let header =
      #"{"e":{"dtype":"F32","shape":[4611686018427387904,0,7],"data_offsets":[0,0]},"s":{"dtype":"F16","shape":[],"data_offsets":[0,2]},"#
      + #""z":{"dtype":"BF16","shape":[0],"data_offsets":[2,2]}}   "#
    try Data(Self.file(header, data: 2)).write(to: url)
    let file = try SafetensorsFile.open(url)
    #expect(try file.floats(named: "e").isEmpty)
    #expect(try file.floats(named: "z").isEmpty)
    #expect(try file.floats(named: "s") == [0])
    #expect(file.tensor(named: "s")?.shape.isEmpty == true)
  }

  @Test func `data at odd offsets is read as well`() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "odd.safetensors")
    var bytes = Self.file(#"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"b":{"dtype":"F32","shape":[1],"data_offsets":[1,5]}}"#, data: 1)
    bytes += [0, 0, 0x80, 0x3F]
    try Data(bytes).write(to: url)
    #expect(try SafetensorsFile.open(url).floats(named: "b") == [1])
  }

  @Test func `a file cut short after it was opened is an error and no crash`() throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appending(path: "shrinking.safetensors")
    var writer = SafetensorsWriter()
    writer.add("a", shape: [100_000], floats: Array(repeating: 1, count: 100_000))
    try writer.write(to: url)
    let file = try SafetensorsFile.open(url)
    truncate(url.path, 5000)
    let fault = #expect(throws: FileFault.self) { try file.floats(named: "a") }
    #expect(fault?.description.contains("cut short") == true)
  }

  @Test func `folders, missing files and pipes are refused`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FileFault.self) { try SafetensorsFile.open(folder.url) }
    let missing = #expect(throws: FileFault.self) { try SafetensorsFile.open(folder.url.appending(path: "none.safetensors")) }
    #expect(missing?.reason == .notFound)
    mkfifo(folder.url.appending(path: "pipe").path, 0o600)
    #expect(throws: FileFault.self) { try SafetensorsFile.open(folder.url.appending(path: "pipe")) }
  }
}

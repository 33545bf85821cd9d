import Files
import Foundation
import Kernels
import TestSupport
import Testing

@testable import LanguageModel

/// Engines that keep their weights in fewer bits.
@Suite struct PrecisionTests {
  private func opened(_ name: String) throws -> (configuration: ModelConfiguration, tensors: ModelTensors, prompts: [[Int32]]) {
    let family = try FamilyCase(name)
    let configuration = try family.configuration
    return (configuration, ModelTensors(configuration, try SafetensorsFolder.open(family.folder)), family.expected.prompts)
  }

  private func fixture(_ precision: EnginePrecision, adapted: Bool) throws -> LanguageEngine {
    let folder = try ModelFolder.open(TestSupport.fixtures.appending(path: "model"))
    let adapter = adapted ? try AdapterFolder.open(TestSupport.fixtures.appending(path: "adapter"), base: folder) : nil
    return try LanguageEngine(folder, adapter: adapter, precision: precision)
  }

  @Test func `weights stored as bfloat16 give the bits of the same weights as floats`() throws {
    let (configuration, tensors, prompts) = try opened("qwen2-bf16")
    let stored = try LanguageEngine(configuration, tensors: tensors)
    let widened = try LanguageEngine(configuration, tensors: FloatTensors { try tensors.floats(named: $0) })
    for prompt in prompts { #expect(try stored.logits(prompt).array == widened.logits(prompt).array) }
  }

  @Test(arguments: [EnginePrecision.bfloat16, .int8]) func `fewer bits stay near to float32, with and without an adapter`(precision: EnginePrecision)
    throws
  {
    let text: [Int32] = (0..<40).map { ($0 * 37) % 4000 + 5 }
    for adapted in [false, true] {
      let exact = try fixture(.float32, adapted: adapted).score([ScoreRequest(tokens: text)])[0]
      let rounded = try fixture(precision, adapted: adapted).score([ScoreRequest(tokens: text)])[0]
      let worst = zip(exact.logProbabilities, rounded.logProbabilities).map { abs($0 - $1) }.max() ?? .infinity
      print("largest difference of log-probabilities, \(precision.rawValue), adapted \(adapted): \(worst)")
      // The fixture's logits are of size 10; bfloat16 has 8 bits of a number, int8 7 of the largest in its row.
      #expect(worst > 0 && worst < (precision == .bfloat16 ? 0.3 : 0.6))
    }
  }

  @Test(arguments: [EnginePrecision.bfloat16, .int8]) func `a text's numbers have the same bits in any company`(precision: EnginePrecision) throws {
    let engine = try fixture(precision, adapted: true)
    let requests = [3, 1, 40, 17].map { length in ScoreRequest(tokens: (0..<length + 1).map { Int32(($0 * 91 + length) % 4000) }) }
    let together = try engine.score(requests)
    for (i, request) in requests.enumerated() { #expect(try engine.score([request]) == [together[i]]) }
  }

  @Test func `a weight that is no number is refused in every precision`() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-nan-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(at: TestSupport.fixtures.appending(path: "model"), to: folder)
    let file = folder.appending(path: "model.safetensors")
    let tensor = try #require(try SafetensorsFile.open(file).tensors.first { $0.name.hasSuffix("up_proj.weight") })
    var bytes = try Data(contentsOf: file)
    let header = bytes.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    let place = 8 + header + tensor.bytes.lowerBound + 2 * 5
    bytes.replaceSubrange(place..<place + 2, with: [0xC0, 0x7F])
    try bytes.write(to: file)
    let damaged = try ModelFolder.open(folder)
    for precision in EnginePrecision.allCases {
      let fault = #expect(throws: FileFault.self) { try LanguageEngine(damaged, precision: precision) }
      #expect(fault?.description.contains(tensor.name) == true && fault?.description.contains("element 5") == true)
    }
  }
}

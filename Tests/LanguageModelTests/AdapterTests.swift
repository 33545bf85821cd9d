import Files
import Foundation
import Kernels
import TestSupport
import Testing

@testable import LanguageModel

/// One adapter of Fixtures/golden/adapters, and what peft computed with it over a model of Fixtures/golden/families.
private struct AdapterCase {
  struct Listed: Decodable {
    struct Case: Decodable {
      var base: String
      var task: String
      var merges: Bool
      /// How far the reference's output moves when a part is left out.
      var moved: [String: Double]
    }
    var text: [Int32]
    var cases: [String: Case]
  }

  static let root = TestSupport.fixtures.appending(path: "golden/adapters")
  static let listed = Result { try JSONDecoder().decode(Listed.self, from: try TestSupport.golden("adapters/cases.json")) }

  let name: String
  let listed: Listed.Case
  let text: [Int32]
  let configuration: ModelConfiguration
  let tensors: ModelTensors
  let adapter: LoRAWeights
  private let expected: SafetensorsFile

  init(_ name: String) throws {
    let all = try Self.listed.get()
    self.name = name
    listed = try #require(all.cases[name])
    text = all.text
    configuration = try FamilyCase(listed.base).configuration
    tensors = ModelTensors(configuration, try SafetensorsFolder.open(FamilyCase.families.appending(path: listed.base)))
    adapter = try LoRAWeights(AdapterFolder.open(Self.root.appending(path: name), base: configuration))
    expected = try SafetensorsFile.open(Self.root.appending(path: "\(name)/expected.safetensors"))
  }

  func engine() throws -> LanguageEngine { try LanguageEngine(configuration, tensors: tensors) }

  func adapted(_ base: LanguageEngine, _ mode: AdapterMode) throws -> LanguageEngine {
    try base.adapted(by: adapter, as: mode, tensors: tensors)
  }

  /// What `expected` has the reference's numbers of.
  func output(_ engine: LanguageEngine) throws -> [Float] {
    switch listed.task {
    case "SEQ_CLS": try engine.classify([text])[0].logits
    case "FEATURE_EXTRACTION": try engine.hidden(text).array
    default: try engine.logits(text).array
    }
  }

  func expected(_ name: String) throws -> [Float] { try expected.floats(named: name) }
}

/// Both sides compute in Float in another order; outputs are of size 5 to 20. What the issue asks for; measured: see Fixtures/golden/adapters/README.md.
private let tolerance: Float = 1e-4

@Suite struct AdapterTests {
  static let all: [String] = (try? AdapterCase.listed.get().cases.keys.sorted()) ?? []
  /// In bfloat16 the reference rounds where we do not.
  static let exact = all.filter { $0 != "bf16" }

  @Test func `there are adapters of every kind`() throws {
    #expect(Self.all.count == 31)
    for (name, listed) in try AdapterCase.listed.get().cases {
      #expect(listed.moved.values.allSatisfy { $0 > 100 * Double(tolerance) }, "\(name)")
    }
  }

  @Test(arguments: exact) func `an adapter gives peft's numbers, beside its base and merged`(name: String) throws {
    let test = try AdapterCase(name)
    let base = try test.engine()
    let wanted = try test.expected("adapted")
    let beside = distance(try test.output(test.adapted(base, .beside)), wanted)
    let merged = distance(try test.output(test.adapted(base, .merged)), wanted)
    let alone = try LanguageEngine(test.configuration, adapter: test.adapter, tensors: test.tensors)
    print("largest difference of an adapter, \(name): beside \(beside), merged \(merged)")
    #expect(beside < tolerance && merged < tolerance)
    #expect(try test.output(alone) == test.output(test.adapted(base, .merged)))
  }

  @Test(arguments: all) func `the base keeps its bits under adapters that come and go`(name: String) throws {
    let test = try AdapterCase(name)
    let base = try test.engine()
    let before = try test.output(base)
    let alone = try AdapterMode.all.map { try test.output(test.adapted(test.engine(), $0)) }
    for (mode, wanted) in zip(AdapterMode.all, alone) {
      let adapted = try test.adapted(base, mode)
      for _ in 0..<2 {
        #expect(try test.output(adapted) == wanted)
        #expect(try test.output(base) == before)
        #expect(try test.output(adapted.unadapted()) == before)
      }
    }
  }

  @Test func `two adapters in turn give the bits that each gives alone`() throws {
    for (a, b) in [("patterns", "dora-rslora"), ("embedding", "modules-to-save"), ("bias-all", "lora-bias"), ("head", "list")] {
      let (first, second) = (try AdapterCase(a), try AdapterCase(b))
      let base = try first.engine()
      let engines = (try first.adapted(base, .beside), try second.adapted(base, .beside))
      let alone = (try first.output(first.adapted(first.engine(), .beside)), try second.output(second.adapted(second.engine(), .beside)))
      for _ in 0..<3 {
        #expect(try first.output(engines.0) == alone.0)
        #expect(try second.output(engines.1) == alone.1)
      }
      // An adapter put over an adapted engine goes over its base.
      #expect(try second.output(second.adapted(engines.0, .beside)) == alone.1)
    }
  }

  @Test(arguments: ["all-linear", "dora", "gpt2-dora", "embedding-tied", "lora-bias-without-bias"])
  func `a text's numbers have the same bits in any company under an adapter`(name: String) throws {
    let test = try AdapterCase(name)
    let engine = try test.adapted(test.engine(), .beside)
    let requests = (1...test.text.count).map { ScoreRequest(tokens: Array(test.text.prefix($0))) }
    let together = try engine.score(requests, top: 2)
    #expect(try engine.score(requests.reversed(), top: 2) == together.reversed())
    for (i, request) in requests.enumerated() { #expect(try engine.score([request], top: 2) == [together[i]]) }
    var options = GenerationOptions()
    options.maximumTokens = 6
    options.ignoreEndOfSequence = true
    let prompts = requests.map(\.tokens)
    let written = try engine.generate(prompts, options: options)
    for (i, prompt) in prompts.enumerated() { #expect(try engine.generate([prompt], options: options) == [written[i]]) }
  }

  @Test(arguments: all) func `a merged folder gives the numbers of peft's merge_and_unload`(name: String) throws {
    let test = try AdapterCase(name)
    let output = FileManager.default.temporaryDirectory.appending(path: "vigil-merge-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: output) }
    let folder = FamilyCase.families.appending(path: test.listed.base)
    guard name != "lora-bias-without-bias" else {
      #expect(throws: FileFault.self) { try MergedFolder.write(test.tensors, from: folder, test.adapter, to: output) }
      return
    }
    try MergedFolder.write(test.tensors, from: folder, test.adapter, to: output)
    let configuration = try ModelConfiguration.open(output.appending(path: "config.json"))
    let tensors = ModelTensors(configuration, try SafetensorsFolder.open(output))
    #expect(tensors.faults().isEmpty)
    #expect(configuration.tiedEmbeddings == test.adapter.configuration.tiedEmbeddings)
    for tensor in test.tensors.folder.tensors { #expect(tensors.folder.tensor(named: tensor.name)?.type == tensor.type) }
    if name == "bf16" {
      for layer in 0..<2 {
        let weight = "model.layers.\(layer).self_attn.q_proj.weight"
        #expect(try tensors.folder.floats(named: weight) == test.expected("weight.\(weight)"))
      }
      return
    }
    let engine = try LanguageEngine(configuration, tensors: tensors)
    // Where a tied head comes off the table, peft's merge changes both and its output; ours stays what it was.
    let worst = distance(try test.output(engine), try test.expected(test.listed.merges ? "merged" : "adapted"))
    print("largest difference of a merged folder, \(name): \(worst)")
    #expect(worst < tolerance)
    #expect(throws: FileFault.self) { try MergedFolder.write(test.tensors, from: folder, test.adapter, to: output) }
  }

  @Test(arguments: ["list", "modules-to-save-tied", "classifier"])
  func `a base in shards is merged shard by shard, to the bits of the whole`(name: String) throws {
    let test = try AdapterCase(name)
    let folder = try TemporaryFolder()
    let base = FamilyCase.families.appending(path: test.listed.base)
    let (sharded, output, whole) = (folder.url.appending(path: "base"), folder.url.appending(path: "merged"), folder.url.appending(path: "whole"))
    try FileManager.default.createDirectory(at: sharded, withIntermediateDirectories: true)
    try FileManager.default.copyItem(at: base.appending(path: "config.json"), to: sharded.appending(path: "config.json"))
    let shards = (1...3).map { "model-0000\($0)-of-00003.safetensors" }
    var writers = shards.map { _ in SafetensorsWriter(metadata: ["format": "pt"]) }
    var homes = JSONObject()
    for (place, tensor) in test.tensors.folder.tensors.enumerated() {
      writers[place % 3].add(tensor.name, shape: tensor.shape, bytes: try test.tensors.folder.bytes(named: tensor.name), type: tensor.type)
      homes[tensor.name] = .string(shards[place % 3])
    }
    for (shard, writer) in zip(shards, writers) { try writer.write(to: sharded.appending(path: shard)) }
    let index: OrderedJSON = ["metadata": [:], "weight_map": .object(homes)]
    try Data(index.bytes()).write(to: sharded.appending(path: "model.safetensors.index.json"))

    let tensors = ModelTensors(test.configuration, try SafetensorsFolder.open(sharded))
    try MergedFolder.write(tensors, from: sharded, test.adapter, to: output)
    try MergedFolder.write(test.tensors, from: base, test.adapter, to: whole)
    let (merged, expected) = (try SafetensorsFolder.open(output), try SafetensorsFolder.open(whole))
    #expect(merged.shards.map(\.name).sorted() == shards)
    #expect(Set(merged.tensors.map(\.name)) == Set(expected.tensors.map(\.name)))
    for tensor in expected.tensors { #expect(try merged.bytes(named: tensor.name) == expected.bytes(named: tensor.name), "\(tensor.name)") }
    let written = try StrictJSON.parse(
      [UInt8](Data(contentsOf: output.appending(path: "model.safetensors.index.json"))), file: "model.safetensors.index.json")
    #expect(written["metadata"]?["total_size"]?.intValue == merged.tensors.reduce(0) { $0 + $1.bytes.count })
    // Tensors stay in the shards they came from.
    for (tensor, home) in homes.members { #expect(written["weight_map"]?[tensor] == home) }
    let configuration = try ModelConfiguration.open(output.appending(path: "config.json"))
    let engine = try LanguageEngine(configuration, tensors: ModelTensors(configuration, merged))
    #expect(distance(try test.output(engine), try test.expected(test.listed.merges ? "merged" : "adapted")) < tolerance)
  }

  @Test func `an adapter shares what it does not change`() throws {
    let test = try AdapterCase("list")
    let base = try test.engine()
    let adapted = try test.adapted(base, .beside)
    #expect(adapted.model.blocks[0].attention.qkv.weight.isSame(as: base.model.blocks[0].attention.qkv.weight))
    #expect(adapted.model.blocks[0].attention.qkv.pairs.count == 2 && adapted.model.blocks[0].attention.o.pairs.isEmpty)
    let merged = try test.adapted(base, .merged)
    #expect(!merged.model.blocks[0].attention.qkv.weight.isSame(as: base.model.blocks[0].attention.qkv.weight))
    #expect(merged.model.blocks[0].feedForward.input.weight.isSame(as: base.model.blocks[0].feedForward.input.weight))
    let alone = try LanguageEngine(test.configuration, adapter: test.adapter, tensors: test.tensors)
    #expect(throws: EngineFault.baseNotKept) { try test.adapted(alone, .beside) }
    #expect(throws: EngineFault.baseNotKept) { try alone.unadapted() }
  }

  @Test func `an adapter with a NaN is refused when it is read`() throws {
    let test = try AdapterCase("list")
    let folder = FileManager.default.temporaryDirectory.appending(path: "vigil-nan-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(at: AdapterCase.root.appending(path: "list"), to: folder)
    let file = try SafetensorsFile.open(folder.appending(path: "adapter_model.safetensors"))
    var writer = SafetensorsWriter()
    for (i, tensor) in file.tensors.enumerated() {
      var values = try file.floats(named: tensor.name)
      if i == 2 { values[1] = .nan }
      writer.add(tensor.name, shape: tensor.shape, floats: values)
    }
    try writer.write(to: folder.appending(path: "adapter_model.safetensors"))
    let opened = try AdapterFolder.open(folder, base: test.configuration)
    #expect { try LoRAWeights(opened) } throws: { "\($0)".contains("holds nan at element 1") }
  }

  @Test(arguments: ["list", "gpt2", "classifier"]) func `an adapter for another base is refused by name`(name: String) throws {
    for other in ["mistral", "qwen2", "gpt2", "bert", "phi3"] where other != (try AdapterCase(name).listed.base) {
      let configuration = try FamilyCase(other).configuration
      #expect { try AdapterFolder.open(AdapterCase.root.appending(path: name), base: configuration) } throws: {
        "\($0)".contains("the adapter does not fit the base model") || "\($0)".contains("which is no module of the base")
      }
    }
  }
}

extension AdapterMode { fileprivate static let all: [AdapterMode] = [.beside, .merged] }

@Suite struct AdapterPathPatternTests {
  /// Python 3.11: [bool(re.fullmatch(p, t)), bool(re.match(p, t))]
  static let cases: [(pattern: String, text: String, whole: Bool, start: Bool)] = [
    ("", "", true, true), ("a", "ab", false, true), ("a|ab", "ab", true, true), (#".*\.(q|k)_proj"#, "model.layers.0.self_attn.k_proj", true, true),
    (#"model\.layers\.(0|1|2)\.mlp\..*"#, "model.layers.12.mlp.up_proj", false, false),
    (#"^(?!.*vision).*(?:up|down)_proj$"#, "vision.up_proj", false, false),
    (#"^(?!.*vision).*(?:up|down)_proj$"#, "text.up_proj", true, true), (#"[^.]+\.\d{1,2}\.\w+?"#, "layers.10.mlp", true, true),
    (#"layers\.[0-9-]+"#, "layers.1-", true, true), (#"a{,2}b{2}c{1,}"#, "aabbc", true, true), (#"a{,2}b{2}c{1,}"#, "aaabbc", false, false),
    ("a{x}", "a{x}", true, true), ("[]a]+", "]a", true, true), ("[^]a]", "]", false, false), (#"\bq\b.*"#, "q.k", true, true),
    (#"q\B"#, "q", false, false),
    (#"x\Z"#, "x\n", false, false), ("x$", "x\n", false, true), ("(a*)*", "aaab", false, true), ("(?P<name>a)(?=b)b", "ab", true, true),
    (".", "\n", false, false),
    ("a*?", "aa", true, true), (#"[\w.]+"#, "a.b_9", true, true), ("(|a)+", "aaa", true, true),
  ]

  @Test(arguments: cases.indices) func `a pattern matches as Python's re does`(index: Int) throws {
    let test = Self.cases[index]
    let pattern = try PathPattern(test.pattern)
    #expect(pattern.matchesWhole(test.text) == test.whole, "\(test)")
    #expect(pattern.matchesStart(test.text) == test.start, "\(test)")
  }

  /// Against Python's re on patterns made at random: `Fixtures/golden/scripts/path_patterns.py`.
  @Test func `patterns made at random match as Python's re does`() throws {
    let golden = try StrictJSON.parse([UInt8](TestSupport.golden("path_patterns.json")), file: "path_patterns.json")
    let cases = golden["cases"]?.arrayValue ?? []
    #expect(cases.count > 400)
    for one in cases {
      let text = try #require(one["pattern"]?.stringValue)
      guard let found = one["found"]?.arrayValue else {
        #expect(throws: RegexFault.self, "\(text)") { try PathPattern(text) }
        continue
      }
      let pattern: PathPattern
      do {
        pattern = try PathPattern(text)
      } catch {
        #expect(error.problem.contains("not run"), "\(text): \(error)")
        continue
      }
      let paths = (one["paths"]?.arrayValue ?? []).compactMap(\.stringValue)
      #expect(paths.map { pattern.matchesWhole($0) ? 2 : pattern.matchesStart($0) ? 1 : 0 } == found.compactMap(\.intValue), "\(text)")
    }
  }

  @Test func `the number of a layer is found behind its name`() throws {
    let selection = try AdapterSelection(
      targets: .list(["q"]), excluded: .list([]), saved: [], layers: [1, 12], layersPatterns: ["h", "layers"])
    let targeted = ["m.layers.1.q", "m.layers.12.a.q", "m.layers.2.q", "m.layers.q", "layers.1.q", "m.other.1.q"].filter {
      selection.targets($0, inAllLinear: false)
    }
    #expect(targeted == ["m.layers.1.q", "m.layers.12.a.q", "layers.1.q"])
  }

  @Test(arguments: [
    "(", ")", "[a", "*a", "a**", "a{3,2}", #"(a)\1"#, "(?<=a)b", "(?i)a", "(?>a)", #"\p{L}"#, "[z-a]", "\\", "a{99999999}", "((aa){900}){900}",
  ])
  func `a pattern that is not read is refused`(text: String) { #expect(throws: RegexFault.self) { try PathPattern(text) } }

  @Test func `a hostile pattern costs no more than its length`() throws {
    let path = String(repeating: "a", count: 200) + "!"
    for text in ["(a+)+$", "(a|a)*$", "(.*)*(.*)*x", "(?!(a+)+$)(?=(a*)*)(a|aa)+$"] { #expect(try !PathPattern(text).matchesWhole(path)) }
    #expect(throws: RegexFault.self) { try PathPattern("((){20000}){20000}") }
    #expect(throws: RegexFault.self) { try PathPattern(String(repeating: "(", count: 10_000)) }
  }
}

internal import Files
package import Foundation
internal import LanguageModel

/// A promise of a reader that an input has made it break.
package struct Promise: Error, CustomStringConvertible {
  package let description: String

  static func keep(_ holds: Bool, _ words: @autoclosure () -> String) throws {
    if !holds { throw Promise(description: words()) }
  }
}

/// One kind of input and what is done with it.
package enum FuzzTarget: String, CaseIterable {
  case safetensors
  case index
  case configuration
  case tokenizer
  case template
  case adapter
  case pattern

  /// Pieces that inputs of this kind are made of.
  package var words: [String] {
    switch self {
    case .safetensors:
      [
        "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "F32", "BF16", "F16", "F4", "F6_E2M3", "I64", "BOOL", "[]", "[0]", "{}",
        "[0,0]", ",", ":", "  ",
      ]
    case .index:
      [
        "\"weight_map\"", "\"metadata\"", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors", "link.safetensors", "..", "{}",
        "null",
      ]
    case .configuration:
      [
        "\"rope_scaling\"", "\"rope_parameters\"", "\"rope_type\"", "\"factor\"", "llama3", "yarn", "null", "true", "false", "[]", "{}",
        "\"model_type\"", "\"hidden_size\"", "1e-5",
      ]
    case .tokenizer:
      [
        "\"vocab\"", "\"merges\"", "\"added_tokens\"", "\"type\"", "BPE", "Unigram", "WordPiece", "ByteLevel", "\"byte_fallback\"", "\"pattern\"",
        "null", "true", "[]", "{}", "(", "[^a-", "{1,}",
      ]
    case .template:
      [
        "{% for x in messages %}", "{% endfor %}", "{% if x %}", "{% endif %}", "{% set x = 1 %}", "{% macro f(x) %}", "{% endmacro %}", "{{ f(f) }}",
        "{{", "}}", "{%", "%}", "{#",
        "|tojson", "|map('upper')", "|sort", "|list", "range(99999)", " * ", " + ", " ~ ", "['a']", "[::-1]", "loop.index", "recursive",
        "namespace()", ".format(", "'%999d'", "-%}",
        "{% call f() %}", "{% endcall %}", "{% raw %}", "{% endraw %}", "(", ")", "[", "]", "x.y", " is ", " in ", "**",
      ]
    case .adapter:
      [
        "\"target_modules\"", "\"all-linear\"", "\"rank_pattern\"", "\"alpha_pattern\"", "\"r\"", "\"use_dora\"", "\"modules_to_save\"", "(a+)+$",
        ".*q_proj", "null", "true", "[]", "{}",
      ]
    case .pattern:
      [
        "(", ")", "(?:", "(?=", "(?!", "(?P<a>", "|", "*", "+", "?", "*?", "{2}", "{1,}", "{,3}", "{", "}", "[", "]", "[^", "-", ".", ".*", "\\.",
        "\\d+", "\\w", "\\b", "\\B", "\\Z", "^", "$", "q_proj", "layers", "(a+)+", "(|a)*", "\n",
      ]
    }
  }

  package var hasLength: Bool { self == .safetensors }

  /// Reads `input` in a folder of its own. Typed errors are what readers are for; they end here.
  package func run(_ input: [UInt8], in folder: URL) throws {
    do {
      switch self {
      case .safetensors: try Self.safetensors(input, folder)
      case .index: try Self.index(input, folder)
      case .configuration: try Self.configuration(input, folder)
      case .tokenizer: try Self.tokenizer(input)
      case .template: try Self.template(input)
      case .adapter: try Self.adapter(input, folder)
      case .pattern: try Self.pattern(input)
      }
    } catch let broken as Promise {
      throw broken
    } catch {
      // An error has words; making them must not fail either.
      try Promise.keep(!"\(error)".isEmpty, "an error without words: \(type(of: error))")
    }
  }

  private static func write(_ bytes: [UInt8], _ name: String, _ folder: URL) throws -> URL {
    let url = folder.appendingPathComponent(name)
    try Data(bytes).write(to: url)
    return url
  }

  // MARK: - Targets

  /// Every tensor is within the file, and reads as many elements as its shape says.
  private static func safetensors(_ input: [UInt8], _ folder: URL) throws {
    let file = try SafetensorsFile.open(write(input, "input.safetensors", folder))
    for tensor in file.tensors {
      try Promise.keep(tensor.bytes.upperBound <= input.count, "tensor \(tensor.name) is read beyond the file")
      try Promise.keep(try file.bytes(named: tensor.name).count == tensor.bytes.count, "tensor \(tensor.name) has other bytes than it says")
      if tensor.type.isReadable {
        try Promise.keep(try file.floats(named: tensor.name).count == tensor.count, "tensor \(tensor.name) has other elements than its shape says")
      }
    }
    var again = SafetensorsWriter(metadata: file.metadata)
    for tensor in file.tensors { again.add(tensor.name, shape: tensor.shape, bytes: try file.bytes(named: tensor.name), type: tensor.type) }
    let copy = try SafetensorsFile.open(write(again.bytes(), "copy.safetensors", folder))
    try Promise.keep(Set(copy.tensors.map(\.name)) == Set(file.tensors.map(\.name)), "what was read cannot be written and read again")
  }

  /// An index leads to files of its folder only; beside it lie two good shards, a link that leads away, and a file outside.
  private static func index(_ input: [UInt8], _ folder: URL) throws {
    let home = folder.appendingPathComponent("model")
    let shards = [("model-00001-of-00002.safetensors", ["a", "b"]), ("model-00002-of-00002.safetensors", ["c"])]
    if !FileManager.default.fileExists(atPath: home.path) {
      try FileManager.default.createDirectory(at: home, withIntermediateDirectories: true)
      var outside = SafetensorsWriter()
      outside.add("secret", shape: [1], floats: [1])
      try outside.write(to: folder.appendingPathComponent("outside.safetensors"))
      try FileManager.default.createSymbolicLink(
        at: home.appendingPathComponent("link.safetensors"), withDestinationURL: folder.appendingPathComponent("outside.safetensors"))
      for (name, tensors) in shards {
        var writer = SafetensorsWriter()
        for tensor in tensors { writer.add(tensor, shape: [2], floats: [1, 2]) }
        try writer.write(to: home.appendingPathComponent(name))
      }
    }
    _ = try write(input, "model.safetensors.index.json", home)
    let weights = try SafetensorsFolder.open(home)
    try Promise.keep(!weights.tensors.contains { $0.name == "secret" }, "the index led outside of its folder")
    for tensor in weights.tensors { _ = try weights.floats(named: tensor.name) }
  }

  /// Sizes of a configuration that is accepted can be multiplied, as everything after it does.
  private static func configuration(_ input: [UInt8], _ folder: URL) throws {
    let url = try write(input, "config.json", folder)
    let configuration = try ModelConfiguration.open(url)
    try Promise.keep(configuration.layers > 0 && configuration.hiddenSize > 0 && configuration.vocabularySize > 0, "a size is not positive")
    let (product, overflow) = configuration.vocabularySize.multipliedReportingOverflow(by: configuration.hiddenSize)
    try Promise.keep(!overflow && product > 0, "the sizes of the embedding have no product")
  }

  /// What a tokenizer encodes it can decode, and its ids are in its vocabulary.
  private static func tokenizer(_ input: [UInt8]) throws {
    let tokenizer = try Tokenizer(json: input)
    for text in ["", "Hello world, a b  c\n", "é日👩‍👩‍👧\u{0}\u{301}", "<s><|im_start|>12345</s>", String(repeating: "ab ", count: 50)] {
      let ids = tokenizer.encode(text).ids
      try Promise.keep(ids.allSatisfy { $0 >= 0 && Int($0) < tokenizer.vocabularySize }, "an id is outside of the vocabulary")
      _ = tokenizer.decode(ids)
    }
  }

  /// A template ends, within its limits, whatever it says.
  private static func template(_ input: [UInt8]) throws {
    let limits = TemplateLimits(steps: 50_000, outputBytes: 1 << 20, workBytes: 16 << 20)
    let template = try ChatTemplate(String(decoding: input, as: UTF8.self), limits: limits)
    let context = JSONObject([
      (
        "messages",
        [["role": "system", "content": "Be kind."], ["role": "user", "content": "Hé"], ["role": "assistant", "content": nil, "tool_calls": []]]
      ),
      ("tools", [["type": "function", "function": ["name": "f", "parameters": ["type": "object", "properties": [:]]]]]),
      ("add_generation_prompt", true), ("bos_token", "<s>"), ("x", 3), ("documents", nil),
    ])
    let text = try template.render(context, now: Date(timeIntervalSince1970: 0), timeZone: .gmt)
    try Promise.keep(text.utf8.count <= limits.outputBytes, "the text is longer than its limit")
  }

  /// An adapter's configuration that is accepted names tensors, and is written as it was read.
  private static func adapter(_ input: [UInt8], _ folder: URL) throws {
    let configuration = try AdapterConfiguration.open(write(input, "adapter_config.json", folder))
    try Promise.keep(configuration.scale.isFinite, "the scale is not finite")
    _ = try AdapterConfiguration.open(write(Array(configuration.json().utf8), "adapter_config.json", folder))
  }

  /// The first line is a regular expression over module paths, the others are paths. What matches from end to end matches from the start.
  private static func pattern(_ input: [UInt8]) throws {
    let lines = String(decoding: input, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let pattern = try PathPattern(lines[0])
    let own = ["model.layers.10.self_attn.q_proj", String(repeating: "a", count: 100)]
    for path in own + lines.dropFirst().prefix(20).map({ String($0.prefix(300)) }) {
      try Promise.keep(!pattern.matchesWhole(path) || pattern.matchesStart(path), "\(pattern.text) matches all of \(path), but not its start")
    }
  }
}

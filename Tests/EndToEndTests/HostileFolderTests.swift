import Files
import Foundation
import TestSupport
import Testing

/// The program on model folders that are damaged or made to mislead: it ends with 1, names the file and the fault, and never dies of a signal.
@Suite struct HostileFolderTests {
  /// A copy of the fixture model and its adapter.
  struct Folder {
    let home: TemporaryFolder
    var model: URL { home.url.appending(path: "model") }
    var adapter: URL { home.url.appending(path: "adapter") }

    init() throws {
      home = try TemporaryFolder("vigil-hostile")
      for name in ["model", "adapter"] {
        try FileManager.default.copyItem(at: TestSupport.fixtures.appending(path: name), to: home.url.appending(path: name))
      }
    }

    func edit(_ name: String, _ change: (inout [UInt8]) throws -> Void) throws {
      let file = home.url.appending(path: name)
      var bytes = [UInt8](try Data(contentsOf: file))
      try change(&bytes)
      try Data(bytes).write(to: file)
    }

    /// Another text for the first place of one.
    func replace(_ name: String, _ old: String, _ new: String) throws {
      try edit(name) { bytes in
        let wanted = Array(old.utf8)
        let starts = bytes.indices.dropLast(wanted.count)
        let start = try #require(starts.first { bytes[$0...].starts(with: wanted) }, "\(name) does not hold \(old)")
        bytes.replaceSubrange(start..<(start + wanted.count), with: Array(new.utf8))
      }
    }

    /// Another header, before the same data.
    func changeHeader(_ name: String, _ change: (inout JSONObject) throws -> Void) throws {
      try edit(name) { bytes in
        let length = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = try #require(try StrictJSON.parse(Array(bytes[8..<(8 + length)]), file: name).objectValue)
        try change(&header)
        let text = OrderedJSON.object(header).bytes()
        bytes.replaceSubrange(..<(8 + length), with: (0..<8).map { UInt8(truncatingIfNeeded: text.count >> (8 * $0)) } + text)
      }
    }

    /// An index over the one shard, with another home for a tensor.
    func index(_ tensor: String, in home: String) throws {
      let shard = "model-00001-of-00001.safetensors"
      var map = JSONObject([(tensor, .string(home))])
      try changeHeader("model/model.safetensors") { header in
        for (name, _) in header.members where name != "__metadata__" && name != tensor { map[name] = .string(shard) }
      }
      try FileManager.default.moveItem(at: model.appending(path: "model.safetensors"), to: model.appending(path: shard))
      let index: OrderedJSON = ["weight_map": .object(map)]
      try Data(index.bytes()).write(to: model.appending(path: "model.safetensors.index.json"))
    }
  }

  struct Damage: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// What the message must hold.
    var says: [String]
    var doIt: @Sendable (Folder) throws -> Void

    init(_ title: String, says: [String], _ doIt: @escaping @Sendable (Folder) throws -> Void) {
      (testDescription, self.says, self.doIt) = (title, says, doIt)
    }
  }

  private static let norm = "model.norm.weight"

  static let damages: [Damage] = [
    Damage("weights cut short", says: ["model.safetensors: its tensors take", "hint: the file was cut short; copy it again"]) {
      try $0.edit("model/model.safetensors") { $0.removeLast(100) }
    },
    Damage("a flipped bit in the header", says: ["model.safetensors:1:", "not UTF-8"]) { try $0.edit("model/model.safetensors") { $0[20] ^= 0x80 } },
    Damage("tensors that overlap", says: ["model.safetensors: tensor \"", "overlaps the tensor before it", "hint: the file is damaged"]) {
      try $0.changeHeader("model/model.safetensors") { header in
        let names = header.keys.filter { $0 != "__metadata__" }
        var second = try #require(header[names[1]]?.objectValue)
        second["data_offsets"] = header[names[0]]?["data_offsets"]
        header[names[1]] = .object(second)
      }
    },
    Damage("an impossible shape", says: ["model.safetensors: tensor \"\(norm)\"", "too large to be true", "hint: the file is damaged"]) {
      try $0.changeHeader("model/model.safetensors") { header in
        var tensor = try #require(header[norm]?.objectValue)
        tensor["shape"] = [.int(1 << 40), .int(1 << 40)]
        header[norm] = .object(tensor)
      }
    },
    Damage("a tensor twice in the header", says: ["model.safetensors:1:", "is there twice"]) { folder in
      // The name of another tensor of the same length.
      try folder.replace("model/model.safetensors", "model.layers.1.input_layernorm.weight", "model.layers.0.input_layernorm.weight")
    },
    Damage("a key twice in config.json", says: ["config.json:1:", "\"hidden_size\" is there twice"]) {
      try $0.replace("model/config.json", "{", "{\"hidden_size\": 1,\"hidden_size\": 2,")
    },
    Damage("a key twice in tokenizer.json", says: ["tokenizer.json:", "\"version\" is there twice"]) {
      try $0.replace("model/tokenizer.json", "{", "{\"version\": \"1.0\",")
    },
    Damage("a key twice in the index", says: ["model.safetensors.index.json:1:", "\"weight_map\" is there twice"]) {
      try $0.index(norm, in: "model-00001-of-00001.safetensors")
      try $0.replace("model/model.safetensors.index.json", "{", "{\"weight_map\": {},")
    },
    Damage(
      "an index that leads away",
      says: ["model.safetensors.index.json: weight_map leads tensor \"\(norm)\" outside the folder", "hint: shards must be"]
    ) {
      try $0.index(norm, in: "../../../../etc/passwd")
    },
    Damage("a merge of what is not there", says: ["tokenizer.json: merge ", "not in the vocabulary", "hint: save the tokenizer again"]) {
      try $0.replace("model/tokenizer.json", "\"Ġt\":", "\"<gone>\":")
    },
  ]

  @Test(arguments: damages, ["inspect", "score"])
  func `a folder that is damaged or misleads is refused, with the place and the remedy`(damage: Damage, command: String) throws {
    let folder = try Folder()
    try damage.doIt(folder)
    let result = try Program.run(["model", command, "--model", folder.model.path] + (command == "score" ? ["--input", "/dev/null"] : []))
    #expect(result.code == 1)
    #expect(result.output.isEmpty)
    for words in damage.says { #expect(result.errors.contains(words), "\(result.errors)") }
  }

  @Test func `a template that loops for ever stops at its bound, and says where`() throws {
    let folder = try Folder()
    try "{{ bos_token }}\n{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}".write(
      to: folder.model.appending(path: "chat_template.jinja"), atomically: true, encoding: .utf8)
    let rows = try folder.home.file("rows.jsonl", #"{"messages": [{"role": "user", "content": "Hi"}]}"# + "\n")
    let result = try Program.run(["model", "render", "--model", folder.model.path, "--input", rows.path])
    #expect(result.code == 1)
    for words in ["rows.jsonl:1:", "chat_template.jinja: template line 2", "more than 2000000 steps; does a loop go on for ever?"] {
      #expect(result.errors.contains(words), "\(result.errors)")
    }
  }

  @Test func `an adapter of another base is refused with the tensors that do not fit`() throws {
    let folder = try Folder()
    try folder.changeHeader("adapter/adapter_model.safetensors") { header in
      let renamed = header.members.map {
        ($0.0.split(separator: "layers.0.", omittingEmptySubsequences: false).joined(separator: "layers.77."), $0.1)
      }
      header = JSONObject(renamed)
    }
    let result = try Program.run(["model", "score", "--model", folder.model.path, "--adapter", folder.adapter.path, "--input", "/dev/null"])
    #expect(result.code == 1)
    for words in ["the adapter does not fit the base model", "hint: use the base it was trained on", "layers.77."] {
      #expect(result.errors.contains(words), "\(result.errors)")
    }
  }

  @Test func `weights that are cut short while the program reads them are an error and no crash`() throws {
    let folder = try Folder()
    let weights = folder.model.appending(path: "model.safetensors")
    let whole = try Data(contentsOf: weights)
    // The file is cut at another moment of each run; each must end by itself.
    for delay in [0, 5, 20, 60] {
      try whole.write(to: weights)
      let cut = Thread {
        usleep(UInt32(delay) * 1000)
        truncate(weights.path, off_t(whole.count / 2))
      }
      cut.start()
      let result = try Program.run(["model", "score", "--model", folder.model.path, "--input", "/dev/null"])
      #expect(result.code == 0 || result.code == 1, "\(result)")
      #expect(result.code == 0 || result.errors.contains("model.safetensors"), "\(result.errors)")
    }
  }
}

import Files
import Foundation
import TestSupport
import Testing

/// Every `vigil model` command over rows against transformers, peft and sentence-transformers: Fixtures/golden/commands/golden.json, made by
/// Fixtures/scripts/check_commands.py, which compares many more rows.
@Suite struct ModelCommandGoldenTests {
  private static let fixtures = TestSupport.fixtures
  private static let encoders = ["bert", "roberta", "distilbert", "sentence-mean", "sentence-cls"]

  private static func cases() throws -> [OrderedJSON] {
    let bytes = Array(try TestSupport.golden("commands/golden.json"))
    return try StrictJSON.parse(bytes, file: "golden.json")["cases"]?.arrayValue ?? []
  }

  /// The tiny encoders of Fixtures/golden/families under the tokenizers of Fixtures/golden/commands.
  private static func assemble(_ name: String, in parent: URL) throws -> String {
    let (files, target) = (FileManager.default, parent.appending(path: name))
    try files.copyItem(at: fixtures.appending(path: "golden/families/\(name)"), to: target)
    for file in try files.contentsOfDirectory(atPath: target.path) where file.hasPrefix("expected") {
      try files.removeItem(at: target.appending(path: file))
    }
    let tokenizer = fixtures.appending(path: "golden/commands/\(name)")
    for file in try files.contentsOfDirectory(atPath: tokenizer.path) {
      try files.copyItem(at: tokenizer.appending(path: file), to: target.appending(path: file))
    }
    return target.path
  }

  /// The largest difference of numbers; infinite where anything else differs. What the reference does not say may be there.
  private static func difference(_ ours: OrderedJSON?, _ theirs: OrderedJSON) -> Double {
    switch (ours, theirs) {
    case (.number(let a)?, .number(let b)):
      if let whole = b.int { return a.int == whole ? 0 : .infinity }
      return zip([a.double], [b.double]).map { abs(($0 ?? .infinity) - ($1 ?? 0)) }[0]
    case (.array(let a)?, .array(let b)): return a.count == b.count ? zip(a, b).map(difference).max() ?? 0 : .infinity
    case (.object(let a)?, .object(let b)): return b.members.map { difference(a[$0], $1) }.max() ?? 0
    default: return ours == theirs ? 0 : .infinity
    }
  }

  @Test(arguments: [
    "tokenize", "detokenize", "render", "score", "generate", "embed", "merge then score", "embed (sentence-transformers)", "classify",
  ])
  func `a command gives the reference's numbers`(command: String) throws {
    let folder = try TemporaryFolder("vigil-commands")
    let merged = folder.url.appending(path: "merged").path
    var places = [
      "{model}": Self.fixtures.appending(path: "model").path, "{adapter}": Self.fixtures.appending(path: "adapter").path, "{merged}": merged,
    ]
    if command == "merge then score" {
      let ended = try Program.run(["model", "merge", "--model", places["{model}"] ?? "", "--adapter", places["{adapter}"] ?? "", "--output", merged])
      #expect(ended.code == 0, "\(ended.errors)")
    }
    if command == "classify" || command.hasPrefix("embed (") {
      for name in Self.encoders { places["{\(name)}"] = try Self.assemble(name, in: folder.url) }
    }
    let verb = command == "merge then score" ? "score" : String(command.prefix { $0 != " " })
    var (compared, worst) = (0, 0.0)
    for one in try Self.cases() where one["command"]?.stringValue == command {
      let arguments = (one["arguments"]?.arrayValue ?? []).map { argument in
        places.reduce(argument.stringValue ?? "") { $0.replacingOccurrences(of: $1.key, with: $1.value) }
      }
      let input = (one["rows"]?.arrayValue ?? []).map { $0.text() + "\n" }.joined()
      let ended = try Program.run(["model", verb] + arguments, input: Data(input.utf8))
      #expect(ended.code == 0, "\(arguments) \(ended.errors)")
      let rows = try ended.output.split(separator: "\n").map { try StrictJSON.parse(String($0)) }
      let expected = one["expected"]?.arrayValue ?? []
      #expect(rows.count == expected.count && rows.map { $0["id"]?.intValue } == Array(1...max(1, rows.count)))
      for (row, theirs) in zip(rows, expected) {
        let difference = Self.difference(row, theirs)
        // Rounded to seven digits in the file.
        #expect(
          difference < (verb == "embed" ? 1e-5 : 1e-4),
          "\(arguments): \(row.text().prefix(300)) is not \(theirs.text().prefix(300))")
        worst = max(worst, difference)
        compared += 1
      }
    }
    print("\(command): \(compared) rows, largest difference \(worst)")
    #expect(compared > 0)
  }
}

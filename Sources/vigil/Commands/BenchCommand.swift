import ArgumentParser
import Foundation
import HelpDesk
import Kernels
import LanguageModel
import Records

/// `vigil bench`: what the engine reaches on this machine, as ratios within one run: against the machine's own limit, and against the peer where it is
/// installed. `make bench` calls it with OPENBLAS_CORETYPE unset.
struct BenchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measure the engine against this machine's limit and the peer (used by make bench).", shouldDisplay: false)

  @Option(help: "The folder with Fixtures and Benchmarks.") var project = "."
  @Option(help: "A Python with torch, transformers and peft, for the peer.") var python = "python3"
  @Flag(help: "Print JSON.") var json = false

  struct Line: Codable {
    var work: String
    var unit: String
    var ours: Double
    /// What the machine allows for the same work, measured in this run; nil where there is no such number.
    var limit: Double?
    var peer: Double?
  }

  func run() async throws {
    let root = URL(filePath: project)
    let folder = try ModelFolder.open(root.appending(path: "Fixtures/model"))
    let adapter = try AdapterFolder.open(root.appending(path: "Fixtures/adapter"), base: folder)
    let messages = try String(contentsOf: root.appending(path: "Fixtures/data/unseen.jsonl"), encoding: .utf8).split(separator: "\n").prefix(512).map
    {
      try JSONForm.decoder().decode(JSONValue.self, from: Data($0.utf8))["input"]?.stringValue ?? ""
    }
    printError(BLAS.report)
    var lines = [product()]
    let sgemm = lines[0].limit ?? 0
    lines.append(tokenizer(folder, messages))
    lines += try routing(folder, adapter, messages, sgemm: sgemm)
    if let peer = peer(root) {
      for index in lines.indices { lines[index].peer = peer[lines[index].work]?.numberValue }
    } else {
      printError("no peer: \(python) has no torch, transformers and peft (or failed)")
    }
    print(json ? try JSONForm.text(lines, pretty: true) : Self.table(lines))
  }

  // MARK: - Work

  /// The product of a feed-forward layer, and OpenBLAS' weight-gradient product of the same size beside it.
  private func product() -> Line {
    let (rows, inner, columns) = (2_048, 256, 768)
    let x = Matrix(Self.noise(rows * inner), rows: rows, columns: inner)
    let w = Matrix(Self.noise(columns * inner), rows: columns, columns: inner)
    let packed = PackedMatrix(transposing: w)
    let y = Matrix(rows: rows, columns: columns)
    let dw = Matrix(rows: columns, columns: inner)
    let work = 2 * Double(rows * inner * columns) / 1e9
    let ours = work / Self.best { matmul(x, packed: packed, into: y, accumulate: false) }
    let blas = work / Self.best { matmulTransposed(y, x, into: dw, accumulate: false) }
    return Line(work: "product 2048x256x768, fp32", unit: "GFLOP/s", ours: ours, limit: blas)
  }

  private func tokenizer(_ folder: ModelFolder, _ messages: [String]) -> Line {
    let bytes = Double(messages.map(\.utf8.count).reduce(0, +)) / 1e6
    let seconds = Self.best { for message in messages { _ = folder.tokenizer.ids(message, addSpecialTokens: false) } }
    return Line(work: "tokenising", unit: "MB/s", ours: bytes / seconds)
  }

  private func routing(_ folder: ModelFolder, _ adapter: AdapterFolder, _ messages: [String], sgemm: Double) throws -> [Line] {
    let engine = try LanguageEngine(folder, adapter: adapter)
    let prompts = try messages.map { text in
      folder.tokenizer.ids(
        try folder.render([.system(FixtureData.systemPrompt), .user(text)], addGenerationPrompt: true), addSpecialTokens: false)
    }
    let labels = HelpDesk.Queue.allCases.map { folder.tokenizer.ids($0.rawValue, addSpecialTokens: false) }
    let tokens = Double(prompts.map(\.count).reduce(0, +))
    // Two operations for each weight of the layers and each token; embeddings are looked up, and the head is met by few rows.
    let weights = folder.configuration.linears.reduce(0) { $0 + $1.inputSize * $1.outputSize }
    let limit = sgemm * 1e9 / Double(2 * weights)
    return try [("routing, labels scored", false), ("routing with surprisal", true)].map { name, surprisal in
      var failure: (any Error)?
      let seconds = Self.best {
        for start in stride(from: 0, to: prompts.count, by: 64) {
          do {
            _ = try engine.choose(prompts: Array(prompts[start..<min(start + 64, prompts.count)]), labels: labels, surprisal: surprisal)
          } catch { failure = error }
        }
      }
      if let failure { throw failure }
      return Line(work: name, unit: "tokens/s", ours: tokens / seconds, limit: limit)
    }
  }

  /// Benchmarks/peer.py prints one JSON object, work to number; nil when it cannot.
  private func peer(_ root: URL) -> JSONValue? {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [python, root.appending(path: "Benchmarks/peer.py").path, root.path]
    let output = Pipe()
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return nil }
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return process.terminationStatus == 0 ? try? JSONForm.decoder().decode(JSONValue.self, from: data) : nil
  }

  // MARK: - Helpers

  /// Seconds of the fastest of several runs: what the machine can do, with what others did to it taken away.
  private static func best(_ body: () -> Void) -> Double {
    var best = Double.infinity
    let end = ContinuousClock.now + .seconds(3)
    for run in 0..<200 where run < 3 || ContinuousClock.now < end {
      let elapsed = ContinuousClock().measure(body)
      best = min(best, Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18)
    }
    return best
  }

  private static func noise(_ count: Int) -> [Float] {
    var state: UInt32 = 1
    return (0..<count).map { _ in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(state >> 8) / 16_777_216 - 0.5
    }
  }

  private static func table(_ lines: [Line]) -> String {
    TextTable.render(
      ["work", "unit", "ours", "limit", "ours/limit", "peer", "ours/peer"],
      lines.map { line in
        func number(_ value: Double?, _ digits: Int) -> String { value.map { String(format: "%.\(digits)f", $0) } ?? "-" }
        return [
          line.work, line.unit, number(line.ours, 0), number(line.limit, 0), number(line.limit.map { line.ours / $0 }, 2), number(line.peer, 0),
          number(line.peer.map { line.ours / $0 }, 2),
        ]
      })
  }
}

import Foundation
import LanguageModel

/// From the start of a fresh process to its end, with a model opened and one question answered in between; the files are in the page cache.
struct FirstAnswer {
  let bench: Bench

  /// In a process of its own.
  static func work(_ subject: URL, _ precision: Precision) throws -> String? {
    let folder = try ModelFolder.open(subject)
    guard let engine = try Engines.open(folder, precision) else { return nil }
    return try Engines.generate(engine, [folder.tokenizer.ids("What is the first answer?")], tokens: 1).first?.text
  }

  func line(_ subject: Subject, _ precision: Precision, isOffered: Bool) throws -> Line {
    let ours = isOffered ? Bench.Contender(name: "ours", measure: { try seconds { _ = try Child.run("first-answer", subject, precision) } }) : nil
    let rivals = [bench.python].compactMap { $0 }.map { python in
      Bench.Contender(name: "PyTorch, transformers", measure: { try seconds { try peer(python, subject, precision) } })
    }
    // Who comes first would have to read the disk.
    try warm(subject)
    let result = try bench.turns(ours: ours, limit: nil, peers: rivals)
    // 2 s is asked for at any size; it is the limit, so that the line reads as the others do.
    return Line(
      work: "first answer of a fresh process", model: subject.name, precision: precision.rawValue, unit: "s", isLessBetter: true, ours: result.ours,
      limit: Spread(exactly: 2), peers: result.peers, goals: [Line.Goal(versus: "limit", ratio: 1)], note: "limit: the 2 s asked for",
      others: result.others)
  }

  private func warm(_ subject: Subject) throws {
    let file = try FileHandle(forReadingFrom: subject.url.appending(path: "model.safetensors"))
    while let data = try file.read(upToCount: 1 << 24), !data.isEmpty {}
  }

  private func peer(_ python: String, _ subject: Subject, _ precision: Precision) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [
      python, bench.peers.appending(path: "first_answer.py").path, "--model", subject.url.path, "--precision", precision.rawValue,
    ]
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
  }
}

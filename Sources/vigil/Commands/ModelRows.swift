import ArgumentParser
import Files
import Foundation
import LanguageModel

/// What every `vigil model` command over rows takes.
struct RowOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Rows, JSONL; stdin without it.", valueName: "file")) var input: String?
  @Flag(help: "Stop at the first row that cannot be done.") var strict = false
  @Flag(help: "Accepted for likeness with the other commands: rows are JSON anyway.") var json = false
}

/// One row of the input.
struct InputRow {
  /// The row's own `id`, or its line number.
  let id: OrderedJSON
  let line: Int
  let members: JSONObject

  subscript(key: String) -> OrderedJSON? {
    guard let value = members[key], !value.isNull else { return nil }
    return value
  }

  /// Text that must be there.
  func text(_ key: String) throws -> String {
    guard let value = self[key] else { throw RowFault("\(key) is missing") }
    guard let text = value.stringValue else { throw RowFault("\(key) must be text, found \(value.kindName)") }
    return text
  }

  /// A list of token ids that must be there.
  func ids(_ key: String) throws -> [Int32] {
    guard let value = self[key] else { throw RowFault("\(key) is missing") }
    let ids = value.arrayValue?.compactMap { $0.intValue.flatMap(Int32.init(exactly:)) }
    guard let ids, ids.count == value.arrayValue?.count else {
      throw RowFault("\(key) must be a list of token ids, found \(value.text().prefix(60))")
    }
    return ids
  }

  func naturalNumber(_ key: String) throws -> Int? {
    guard let value = self[key] else { return nil }
    guard let number = value.intValue, number >= 0 else { throw RowFault("\(key) must be a whole number from 0, found \(value.text().prefix(60))") }
    return number
  }
}

/// What is wrong with one row.
struct RowFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Reads rows, has them done a batch at a time, writes what comes of them; a bad row costs only itself. Memory is that of one batch.
struct RowRunner {
  private let options: RowOptions
  private let reader: JSONLinesReader
  private let writer = JSONLinesWriter.standardOutput()
  private var rows = 0
  private var failed = 0

  init(_ options: RowOptions) throws {
    self.options = options
    reader = try options.input.map { try JSONLinesReader(URL(filePath: $0)) } ?? .standardInput()
  }

  /// - prepare: makes a job of a row; what it throws is that row's fault.
  /// - work: the results of some jobs, in their order. If it throws for several, each is tried alone, so that the fault finds its row.
  mutating func run<Job>(batch: Int = 1, prepare: (InputRow) throws -> Job, work: ([Job]) throws -> [JSONObject]) throws {
    var waiting: [(row: InputRow, job: Job)] = []
    while true {
      do {
        guard let line = try reader.next() else { break }
        let row = try Self.row(line)
        rows += 1
        do {
          waiting.append((row, try prepare(row)))
        } catch {
          try report(line.number, error)
        }
      } catch let fault as JSONFault {
        rows += 1
        try report(nil, fault)
      }
      if waiting.count >= batch { try finish(&waiting, work) }
    }
    try finish(&waiting, work)
    if failed > 0 { throw CommandFailure(.failed, "\(failed) of \(rows) rows could not be done; the lines are above") }
  }

  private static func row(_ line: JSONLine) throws(JSONFault) -> InputRow {
    guard let members = try line.value().objectValue else {
      throw JSONFault(file: line.file, line: line.number, column: 1, offset: line.offset, problem: "a row must be a JSON object")
    }
    return InputRow(id: members["id"] ?? .int(line.number), line: line.number, members: members)
  }

  private mutating func finish<Job>(_ waiting: inout [(row: InputRow, job: Job)], _ work: ([Job]) throws -> [JSONObject]) throws {
    guard !waiting.isEmpty else { return }
    defer { waiting = [] }
    do {
      let results = try work(waiting.map(\.job))
      for (entry, result) in zip(waiting, results) { try write(entry.row, result) }
    } catch let fault as FileFault where fault.file == "stdout" {
      throw fault
    } catch  where waiting.count > 1 {
      for entry in waiting {
        var one = [entry]
        try finish(&one, work)
      }
    } catch {
      try report(waiting[0].row.line, error)
    }
    try writer.flush()
  }

  private func write(_ row: InputRow, _ result: JSONObject) throws(FileFault) {
    try writer.write(.object(JSONObject([("id", row.id)] + result.members.map { ($0, $1) })))
  }

  /// Says what is wrong with a row; with `--strict` that is the end.
  private mutating func report(_ line: Int?, _ error: any Error) throws {
    failed += 1
    let text = line.map { "\(reader.name):\($0): \(error)" } ?? "\(error)"
    printError(text)
    if options.strict {
      try writer.flush()
      throw CommandFailure(.failed, "stopped at the first row that could not be done")
    }
  }
}

/// What files and models complain of, as failures with exit codes.
enum ModelFailure {
  static func translate<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let fault as FileFault {
      throw CommandFailure(fault.reason == .notFound ? .notFound : .failed, "\(fault.file): \(fault.problem)", hint: fault.hint)
    } catch let fault as ModelFault {
      throw CommandFailure(.failed, fault.description)
    } catch let fault as JSONFault {
      throw CommandFailure(.failed, fault.description)
    } catch let fault as TemplateFault {
      throw CommandFailure(.failed, fault.description)
    }
  }
}

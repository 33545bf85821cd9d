import Files
import Foundation
import LanguageModel

/// Reads rows, has them done a batch at a time, writes what comes of them in their order; a bad row costs only itself. Memory is that of one batch.
struct RowRunner {
  private let options: RowOptions
  private let reader: JSONLinesReader
  private let writer = JSONLinesWriter.standardOutput()
  private var progress = RowProgress()
  private var rows = 0
  private var failed = 0

  /// A batch of long lines ends here.
  private static let batchBytesMax = 8 << 20

  init(_ options: RowOptions) throws {
    self.options = options
    reader = try options.input.map { try JSONLinesReader(URL(filePath: $0)) } ?? .standardInput()
  }

  /// Does all rows.
  /// - batch: rows that are done together; fewer where the next one may be long in coming.
  /// - prepare: makes a job of a row; what it throws is that row's fault.
  /// - work: the results of some jobs, in their order. If it throws for several, each is tried alone, so that the fault finds its row.
  /// - Throws: `CommandFailure` when a row could not be done; with `--strict` at the first, after the rows before it have been written.
  mutating func run<Job>(batch: Int = 64, prepare: (InputRow) throws -> Job, work: ([Job]) throws -> [JSONObject]) throws {
    var waiting: [(row: InputRow, job: Job)] = []
    var waitingFrom = reader.position
    while true {
      if waiting.count >= batch || reader.position - waitingFrom >= Self.batchBytesMax || (!waiting.isEmpty && reader.mayWait) {
        try finish(&waiting, work)
      }
      if waiting.isEmpty { waitingFrom = reader.position }
      do {
        guard let line = try reader.next() else { break }
        let row = try Self.row(line)
        rows += 1
        do {
          waiting.append((row, try prepare(row)))
        } catch {
          if options.strict { try finish(&waiting, work) }
          try report(line.number, error)
        }
      } catch let fault as JSONFault {
        rows += 1
        if options.strict { try finish(&waiting, work) }
        try report(nil, fault)
      }
    }
    try finish(&waiting, work)
    progress.clear()
    if failed > 0 { throw CommandFailure(.failed, "\(failed) of \(rows) rows could not be done; the lines are above") }
  }

  private static func row(_ line: JSONLine) throws(JSONFault) -> InputRow {
    guard let members = try line.value().objectValue else {
      throw JSONFault(file: line.file, line: line.number, column: 1, offset: line.offset, problem: "a row must be a JSON object")
    }
    var id = members["id"] ?? .null
    if id.isNull { id = .int(line.number) }
    return InputRow(id: id, line: line.number, members: members)
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
    let state = RowProgress.State(rows: rows, bytes: reader.position, size: reader.size)
    progress.show(state)
  }

  private func write(_ row: InputRow, _ result: JSONObject) throws(FileFault) {
    try writer.write(.object(JSONObject([("id", row.id)] + result.members.map { ($0, $1) })))
  }

  /// Says what is wrong with a row; with `--strict` that is the end. A fault of JSON says the line itself.
  private mutating func report(_ line: Int?, _ error: any Error) throws {
    failed += 1
    progress.clear()
    let words = (error as? EngineFault)?.descriptionOfOne ?? "\(error)"
    printError(line.map { "\(reader.name):\($0): \(words)" } ?? words)
    if options.strict {
      try writer.flush()
      throw CommandFailure(.failed, "stopped at the first row that could not be done")
    }
  }
}

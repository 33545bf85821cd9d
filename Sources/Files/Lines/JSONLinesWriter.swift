public import Foundation

/// Writes JSONL, one value a line, through a buffer of constant size.
public final class JSONLinesWriter {
  private let descriptor: Int32
  private let name: String
  private var buffer: [UInt8] = []
  private static let flushAt = 1 << 16

  /// Writes to a descriptor that stays the caller's, who calls `flush` at the end.
  public init(descriptor: Int32, name: String) {
    self.descriptor = descriptor
    self.name = name
  }

  public static func standardOutput() -> JSONLinesWriter { JSONLinesWriter(descriptor: STDOUT_FILENO, name: "stdout") }

  public func write(_ value: OrderedJSON) throws(FileFault) {
    value.append(to: &buffer)
    try endLine()
  }

  /// Writes text that is JSON already and holds no line end.
  public func write(json text: String) throws(FileFault) {
    precondition(!text.utf8.contains(0x0A), "a line of JSONL may not hold a line end")
    buffer += text.utf8
    try endLine()
  }

  public func flush() throws(FileFault) {
    try writeAll(buffer[...], to: descriptor, path: name)
    buffer.removeAll(keepingCapacity: true)
  }

  private func endLine() throws(FileFault) {
    buffer.append(0x0A)
    if buffer.count >= Self.flushAt { try flush() }
  }
}

extension DurableFile {
  /// Writes a JSONL file line by line; nothing appears under the name unless `body` returns.
  public static func writeLines(to url: URL, _ body: ((OrderedJSON) throws(FileFault) -> Void) throws(FileFault) -> Void) throws(FileFault) {
    try write(to: url) { (sink) throws(FileFault) in
      var buffer: [UInt8] = []
      var target = sink
      try body { (value) throws(FileFault) in
        value.append(to: &buffer)
        buffer.append(0x0A)
        if buffer.count >= 1 << 16 {
          try target.write(buffer)
          buffer.removeAll(keepingCapacity: true)
        }
      }
      try target.write(buffer)
      sink = target
    }
  }
}

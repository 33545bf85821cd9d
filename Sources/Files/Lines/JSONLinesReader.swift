public import Foundation

/// One line of a JSONL file.
public struct JSONLine: Sendable {
  public let file: String
  /// Counted from 1; blank lines count.
  public let number: Int
  /// Where the line begins in the file, in bytes.
  public let offset: Int
  /// Without the line's end.
  public let bytes: [UInt8]

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  /// The line as a strict JSON value; faults carry the line of the file.
  public func value() throws(JSONFault) -> OrderedJSON {
    try StrictJSON.parse(bytes, file: file, firstLine: number, baseOffset: offset)
  }
}

/// Reads a JSONL file or pipe line by line in constant memory.
///
/// Tolerated: a byte order mark at the start of the file (and, by the JSON parser, of a line), CRLF, blank lines (passed over), no line end after the last line. Refused, by line and byte offset: lines that
/// are not UTF-8 and lines beyond the length limit. After a fault the next call goes on with the next line, so that one bad row does not cost the others.
public final class JSONLinesReader {
  public let name: String
  public let maximumLineBytes: Int
  /// Length of the file in bytes when it was opened; nil for pipes and other streams, whose end nobody knows.
  public let size: Int?
  private let descriptor: Int32
  private let closes: Bool
  private var buffer: [UInt8] = []
  /// First byte of `buffer` that has not been given out.
  private var start = 0
  private var lineNumber = 0
  private var offset = 0
  private var atEnd = false

  public static let defaultMaximumLineBytes = 64 << 20

  public init(_ url: URL, maximumLineBytes: Int = defaultMaximumLineBytes) throws(FileFault) {
    name = url.path
    self.maximumLineBytes = maximumLineBytes
    descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
    closes = true
    guard descriptor >= 0 else { throw FileFault.system(url.path, could: "open it") }
    size = Self.size(of: descriptor)
  }

  /// Reads from a descriptor that stays the caller's.
  public init(descriptor: Int32, name: String, maximumLineBytes: Int = defaultMaximumLineBytes) {
    self.descriptor = descriptor
    self.name = name
    self.maximumLineBytes = maximumLineBytes
    closes = false
    size = Self.size(of: descriptor)
  }

  private static func size(of descriptor: Int32) -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
  }

  public static func standardInput() -> JSONLinesReader { JSONLinesReader(descriptor: STDIN_FILENO, name: "stdin") }

  deinit { if closes && descriptor >= 0 { close(descriptor) } }

  /// Bytes of the lines given out so far, blank and bad ones included.
  public var position: Int { offset }

  /// Whether `next` may have to wait for whoever writes to the other end of a pipe: no whole line is held and nothing has come.
  public var mayWait: Bool {
    if atEnd || buffer[start...].contains(0x0A) { return false }
    var question = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&question, 1, 0) == 0
  }

  /// The next line that is not blank; nil at the end. Throws `JSONFault` for a bad line and `FileFault` when reading itself fails.
  public func next() throws -> JSONLine? {
    while let (line, lineOffset) = try nextBytes() {
      if let bad = UTF8Check.firstInvalid(in: line) {
        throw JSONFault(
          file: name, line: lineNumber, column: bad + 1, offset: lineOffset + bad,
          problem: "byte 0x\(String(line[bad], radix: 16, uppercase: true)) is not UTF-8; convert the file to UTF-8")
      }
      if line.allSatisfy({ $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }) { continue }
      return JSONLine(file: name, number: lineNumber, offset: lineOffset, bytes: line)
    }
    return nil
  }

  private func nextBytes() throws -> (bytes: [UInt8], offset: Int)? {
    var searched = start
    var tooLong = false
    while true {
      if let end = buffer[searched...].firstIndex(of: 0x0A) { return try take(upTo: end, skipping: 1, tooLong) }
      searched = buffer.count
      if atEnd {
        if start == buffer.count && !tooLong { return nil }
        return try take(upTo: buffer.count, skipping: 0, tooLong)
      }
      if tooLong || searched - start > maximumLineBytes {
        // The line is lost, but not the lines after it: its bytes are dropped as they come.
        tooLong = true
        offset += searched - start
        start = searched
      }
      // Refilling moves what is left to the buffer's beginning.
      searched -= start
      try fill()
    }
  }

  /// Drops what has been given out and reads on.
  private func fill() throws(FileFault) {
    buffer.removeFirst(start)
    start = 0
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let got = read(descriptor, &piece, piece.count)
      if got > 0 {
        buffer += piece[..<got]
        return
      }
      if got == 0 {
        atEnd = true
        return
      }
      if errno != EINTR { throw FileFault.system(name, could: "read it") }
    }
  }

  private func take(upTo end: Int, skipping: Int, _ tooLong: Bool) throws(JSONFault) -> (bytes: [UInt8], offset: Int) {
    lineNumber += 1
    let lineOffset = offset
    var first = start
    var last = end
    offset += end + skipping - start
    start = end + skipping
    if tooLong || last - first > maximumLineBytes {
      throw JSONFault(
        file: name, line: lineNumber, column: 1, offset: lineOffset,
        problem: "the line is longer than \(maximumLineBytes) bytes; is it JSONL, one object a line?")
    }
    if lineNumber == 1, buffer[first..<last].starts(with: [0xEF, 0xBB, 0xBF]) { first += 3 }
    if last > first, buffer[last - 1] == 0x0D { last -= 1 }
    return (Array(buffer[first..<last]), lineOffset)
  }
}

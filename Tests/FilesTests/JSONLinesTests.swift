import Files
import Foundation
import Testing

struct JSONLinesTests {
  private func read(_ bytes: [UInt8], maximumLineBytes: Int = 1 << 20) throws -> (lines: [JSONLine], faults: [JSONFault]) {
    let folder = try TestFolder()
    try folder.write("f.jsonl", bytes)
    let reader = try JSONLinesReader(folder["f.jsonl"], maximumLineBytes: maximumLineBytes)
    var lines: [JSONLine] = []
    var faults: [JSONFault] = []
    while true {
      do {
        guard let line = try reader.next() else { return (lines, faults) }
        lines.append(line)
      } catch let fault as JSONFault { faults.append(fault) }
    }
  }

  @Test func `reads lines with any ending, counts blank ones and passes them over`() throws {
    let (lines, faults) = try read([0xEF, 0xBB, 0xBF] + Array("{\"a\":1}\r\n\n  \n{\"a\":2}\n{\"a\":3}".utf8))
    #expect(faults.isEmpty)
    #expect(lines.map(\.number) == [1, 4, 5])
    #expect(try lines.map { try $0.value()["a"]?.intValue } == [1, 2, 3])
    #expect(lines.map(\.text) == ["{\"a\":1}", "{\"a\":2}", "{\"a\":3}"])
    #expect(lines.map(\.offset) == [0, 16, 24])
    #expect(try read([]).lines.isEmpty)
    #expect(try read([0x0A, 0x0A]).lines.isEmpty)
  }

  @Test func `a bad line is a fault with its place, and the lines after it are read`() throws {
    let (lines, faults) = try read(Array("1\n\"".utf8) + [0xFF] + Array("\"\n2\n".utf8))
    #expect(lines.map(\.text) == ["1", "2"])
    #expect(faults.count == 1)
    #expect(faults[0].line == 2 && faults[0].column == 2 && faults[0].offset == 3)

    let half = try read(Array("{}\n{\"a\":".utf8)).lines
    let fault = #expect(throws: JSONFault.self) { try half[1].value() }
    #expect(fault?.line == 2)
    #expect(fault?.offset == 8)
  }

  @Test(arguments: [10, 100_000])
  func `a line beyond the limit is a fault that does not cost the others`(limit: Int) throws {
    let long = String(repeating: "x", count: limit + 1)
    let (lines, faults) = try read(
      Array("1\n\(long)\n2\n\(String(repeating: "y", count: limit))\n\(long)\(long)\(long)".utf8), maximumLineBytes: limit)
    #expect(lines.map(\.number) == [1, 3, 4])
    #expect(lines.map(\.bytes.count) == [1, 1, limit])
    #expect(faults.map(\.line) == [2, 5])
    #expect(faults.first?.problem.contains("longer than \(limit) bytes") == true)
  }

  @Test func `lines longer than the buffer come whole`() throws {
    let words = (0..<30).map { String(repeating: "\($0 % 10)", count: 20_000 + $0 * 5000) }
    let (lines, _) = try read(Array(words.joined(separator: "\n").utf8))
    #expect(lines.map(\.text) == words)
    var offset = 0
    for (line, word) in zip(lines, words) {
      #expect(line.offset == offset)
      offset += word.utf8.count + 1
    }
  }

  @Test func `what was written is read back`() throws {
    let folder = try TestFolder()
    let rows = (0..<5000).map { OrderedJSON.object(JSONObject([("id", .int($0)), ("text", .string("line\n\u{2028}é\($0)"))])) }
    try DurableFile.writeLines(to: folder["out.jsonl"]) { (write) throws(FileFault) in
      for row in rows { try write(row) }
    }
    let reader = try JSONLinesReader(folder["out.jsonl"])
    for row in rows { #expect(try reader.next()?.value() == row) }
    #expect(try reader.next() == nil)
  }

  @Test func `tells how far it is, and whether more may be long in coming`() throws {
    let folder = try TestFolder()
    try folder.write("f.jsonl", Array("1\n\n22\n3".utf8))
    let reader = try JSONLinesReader(folder["f.jsonl"])
    #expect(reader.size == 7 && reader.position == 0 && !reader.mayWait)
    _ = try reader.next()
    #expect(reader.position == 2)
    _ = try reader.next()
    #expect(reader.position == 6 && !reader.mayWait)
    _ = try reader.next()
    #expect(try reader.next() == nil && reader.position == 7 && !reader.mayWait)

    let pipe = Pipe()
    let waiting = JSONLinesReader(descriptor: pipe.fileHandleForReading.fileDescriptor, name: "stdin")
    #expect(waiting.size == nil && waiting.mayWait)
    pipe.fileHandleForWriting.write(Data("1\n2\n3".utf8))
    #expect(!waiting.mayWait)
    _ = try waiting.next()
    #expect(!waiting.mayWait)
    _ = try waiting.next()
    // A third line has begun, and nobody knows when it ends.
    #expect(waiting.mayWait)
    try pipe.fileHandleForWriting.close()
    #expect(!waiting.mayWait)
    #expect(try waiting.next()?.text == "3")
  }

  @Test func `white space at a text's end is Python's`() {
    // [c for c in map(chr, range(0x110000)) if c.isspace()] of Python 3.11.
    let python: Set<UInt32> = Set(
      [9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 5760, 8232, 8233, 8239, 8287, 12288] + (8192...8202).map { UInt32($0) })
    #expect(Set((0..<0x11_0000).compactMap { Unicode.Scalar($0 as UInt32) }.filter(\.isPythonSpace).map(\.value)) == python)
    #expect("a b\u{1F}\u{3000}\r\n".splitBeforeTrailingSpace() == ("a b", "\u{1F}\u{3000}\r\n"))
    #expect(
      "".splitBeforeTrailingSpace() == ("", "") && " \t".splitBeforeTrailingSpace() == ("", " \t") && "a".splitBeforeTrailingSpace() == ("a", ""))
    #expect("e\u{301} \u{301}".splitBeforeTrailingSpace().space.isEmpty)
  }

  @Test func `reads from a pipe`() throws {
    let pipe = Pipe()
    pipe.fileHandleForWriting.write(Data("1\n2".utf8))
    try pipe.fileHandleForWriting.close()
    let reader = JSONLinesReader(descriptor: pipe.fileHandleForReading.fileDescriptor, name: "stdin")
    #expect(try reader.next()?.text == "1")
    #expect(try reader.next()?.text == "2")
    #expect(try reader.next() == nil)
    #expect(try reader.next() == nil, "the end stays the end")
  }

  @Test func `a missing file is a fault`() throws {
    let folder = try TestFolder()
    let fault = #expect(throws: FileFault.self) { try JSONLinesReader(folder["none"]) }
    #expect(fault?.reason == .notFound)
  }
}

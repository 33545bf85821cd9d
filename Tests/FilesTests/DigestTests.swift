import Files
import Foundation
import Testing

struct DigestTests {
  @Test func `is SHA-256`() throws {
    // NIST's examples (FIPS 180-4): the empty message, "abc".
    #expect(Digest.of("").hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    #expect(Digest.of("abc").hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    var stream = Digest.Stream()
    stream.update([UInt8(ascii: "a")])
    stream.update(Array("bc".utf8))
    #expect(stream.finish() == Digest.of("abc"))
  }

  @Test func `a file's digest is that of its bytes, however long`() throws {
    let folder = try TestFolder()
    let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    try folder.write("big", bytes)
    #expect(try Digest.of(file: folder["big"]) == Digest.of(bytes))
    try folder.write("empty", "")
    #expect(try Digest.of(file: folder["empty"]) == Digest.of(""))
  }

  @Test func `a folder's digest is that of sha256sum over its sorted names`() throws {
    let folder = try TestFolder()
    try folder.write("b.txt", "b")
    try folder.write("a/z.txt", "z")
    try folder.write("a.txt", "a")
    let lines = ["a.txt": "a", "a/z.txt": "z", "b.txt": "b"].sorted { $0.key < $1.key }
    let expected = Digest.of(lines.map { "\(Digest.of($0.value))  \($0.key)\0" }.joined())
    #expect(try Digest.of(folder: folder.url) == expected)
  }

  @Test func `a folder's digest changes with names and contents and with nothing else`() throws {
    let folder = try TestFolder()
    try folder.write("x/one", "1")
    try folder.write("x/two", "2")
    let before = try Digest.of(folder: folder["x"])
    try FileManager.default.createDirectory(at: folder["x/empty"], withIntermediateDirectories: true)
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder["x/one"].path)
    #expect(try Digest.of(folder: folder["x"]) == before)
    try FileManager.default.moveItem(at: folder["x/one"], to: folder["x/uno"])
    #expect(try Digest.of(folder: folder["x"]) != before)
    try FileManager.default.removeItem(at: folder["x/uno"])
    try FileManager.default.createSymbolicLink(at: folder["x/one"], withDestinationURL: folder["target"])
    #expect(throws: FileFault.self) { try Digest.of(folder: folder["x"]) }
    try folder.write("target", "1")
    #expect(try Digest.of(folder: folder["x"]) == before, "a link counts as the file it leads to")
    try FileManager.default.createSymbolicLink(at: folder["x/loop"], withDestinationURL: folder["x"])
    #expect(throws: FileFault.self) { try Digest.of(folder: folder["x"]) }
  }

  @Test func `text that is no digest is refused`() throws {
    #expect(Digest(hex: "abc") == nil)
    #expect(Digest(hex: String(repeating: "G", count: 64)) == nil)
    #expect(Digest(hex: String(repeating: "A", count: 64)) == nil, "lower case only, so that equal digests are equal texts")
    let digest = try #require(Digest(hex: String(repeating: "ab", count: 32)))
    #expect(try JSONDecoder().decode(Digest.self, from: JSONEncoder().encode(digest)) == digest)
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(Digest.self, from: Data("\"x\"".utf8)) }
  }

  @Test func `missing files and folders are faults that say so`() throws {
    let folder = try TestFolder()
    let fault = #expect(throws: FileFault.self) { try Digest.of(file: folder["none"]) }
    #expect(fault?.reason == .notFound)
    #expect(throws: FileFault.self) { try Digest.of(file: folder.url) }
    #expect(throws: FileFault.self) { try Digest.of(folder: folder["none"]) }
  }
}

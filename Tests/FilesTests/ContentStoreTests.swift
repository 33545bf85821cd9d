import Files
import Foundation
import Testing

struct ContentStoreTests {
  @Test func `keeps files and folders under the name of their content`() throws {
    let folder = try TestFolder()
    let store = ContentStore(folder["state"])
    let digest = try store.put(Array("hello".utf8))
    #expect(digest == Digest.of("hello"))
    #expect(store.path(of: digest).path.hasSuffix("/objects/\(digest.hex.prefix(2))/\(digest.hex)"))
    #expect(try store.bytes(digest) == Array("hello".utf8))
    #expect(try store.put(Array("hello".utf8)) == digest, "putting again changes nothing")

    try folder.write("model/config.json", "{}")
    try folder.write("model/deep/er/x", "x")
    let whole = try store.put(folder: folder["model"])
    #expect(try whole == Digest.of(folder: folder["model"]))
    #expect(try String(contentsOf: store.verified(whole).appending(path: "deep/er/x"), encoding: .utf8) == "x")
    try folder.write("file", "file")
    #expect(try store.put(file: folder["file"]) == Digest.of("file"))
    #expect(try store.list().count == 3)
    try store.remove(whole)
    #expect(!store.contains(whole))
    #expect(try store.list().count == 2)
  }

  @Test func `damage is found when read and mended when put again`() throws {
    let folder = try TestFolder()
    let store = ContentStore(folder.url)
    let digest = try store.put(Array("precious".utf8))
    try FileManager.default.removeItem(at: store.path(of: digest))
    try Data("preciouz".utf8).write(to: store.path(of: digest))
    #expect(throws: FileFault.self) { try store.verified(digest) }
    #expect(throws: FileFault.self) { try store.bytes(digest) }
    try store.put(Array("precious".utf8))
    #expect(try store.bytes(digest) == Array("precious".utf8))

    try folder.write("m/a", "a")
    let whole = try store.put(folder: folder["m"])
    try Data("more".utf8).write(to: store.path(of: whole).appending(path: "b"))
    #expect(throws: FileFault.self) { try store.verified(whole) }
    try store.put(folder: folder["m"])
    _ = try store.verified(whole)
  }

  @Test func `what is not there is a fault, not a crash`() throws {
    let store = ContentStore(try TestFolder().url)
    let fault = #expect(throws: FileFault.self) { try store.bytes(Digest.of("nothing")) }
    #expect(fault?.reason == .notFound)
    #expect(throws: FileFault.self) { try store.remove(Digest.of("nothing")) }
    #expect(try store.list().isEmpty)
  }

  @Test func `what a crashed writer left is swept up, when it is old enough`() throws {
    let folder = try TestFolder()
    let store = ContentStore(folder.url)
    let digest = try store.put(Array("x".utf8))
    let left = store.path(of: digest).deletingLastPathComponent().appending(path: ".abc.1-z.tmp")
    try FileManager.default.createDirectory(at: left, withIntermediateDirectories: true)
    #expect(try store.removeAbandoned(olderThan: 3600, now: Date()) == 0)
    #expect(try store.removeAbandoned(olderThan: 3600, now: Date().addingTimeInterval(7200)) == 1)
    #expect(try store.list() == [digest])
  }

  @Test func `many writers of the same content agree`() async throws {
    let folder = try TestFolder()
    let store = ContentStore(folder["s"])
    try folder.write("m/a", "a")
    try folder.write("m/b", "b")
    let source = folder["m"]
    let digests = await withTaskGroup(of: Digest?.self) { group in
      for _ in 0..<8 { group.addTask { try? store.put(folder: source) } }
      var found: [Digest?] = []
      for await digest in group { found.append(digest) }
      return found
    }
    #expect(Set(digests).count == 1 && digests.first != .some(nil))
    #expect(try store.list().count == 1)
    _ = try store.verified(Digest.of(folder: source))
  }
}

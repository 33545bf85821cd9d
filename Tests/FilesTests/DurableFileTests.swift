import Files
import Foundation
import Testing

struct DurableFileTests {
  @Test func `writes, replaces, and leaves nothing beside`() throws {
    let folder = try TestFolder()
    try DurableFile.write("one", to: folder["file"])
    try DurableFile.write("two", to: folder["file"], permissions: 0o600)
    #expect(try String(contentsOf: folder["file"], encoding: .utf8) == "two")
    #expect(try folder.names() == ["file"])
    let mode = try FileManager.default.attributesOfItem(atPath: folder["file"].path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
  }

  @Test func `a body that fails leaves the old contents`() throws {
    let folder = try TestFolder()
    try DurableFile.write("old", to: folder["file"])
    #expect(throws: FileFault.self) {
      try DurableFile.write(to: folder["file"]) { (sink) throws(FileFault) in
        try sink.write(Array("new, but not all of it".utf8))
        throw FileFault(file: "x", problem: "the source broke off")
      }
    }
    #expect(try String(contentsOf: folder["file"], encoding: .utf8) == "old")
    #expect(try folder.names() == ["file"])
  }

  @Test func `what cannot be written is a fault with the reason`() throws {
    let folder = try TestFolder()
    let missing = #expect(throws: FileFault.self) { try DurableFile.write("x", to: folder["none/file"]) }
    #expect(missing?.reason == .notFound)
    try FileManager.default.createDirectory(at: folder["dir/inside"], withIntermediateDirectories: true)
    #expect(throws: FileFault.self) { try DurableFile.write("x", to: folder["dir"]) }
    #expect(try folder.names() == ["dir"])
  }

  @Test func `a reader sees the old file or the new one, whole, and never none`() async throws {
    let folder = try TestFolder()
    let url = folder["file"]
    try DurableFile.write(String(repeating: "0", count: 1000), to: url)
    await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        for round in 0..<50 where (try? DurableFile.write(String(repeating: "\(round % 10)", count: 1000), to: url)) == nil { return false }
        return true
      }
      group.addTask {
        for _ in 0..<500 {
          guard let text = try? String(contentsOf: url, encoding: .utf8), text.utf8.count == 1000, Set(text.utf8).count == 1 else { return false }
        }
        return true
      }
      for await fine in group { #expect(fine) }
    }
  }

  @Test func `a link changes its target in one step`() throws {
    let folder = try TestFolder()
    try AtomicLink.point(folder["current"], to: "objects/one")
    #expect(AtomicLink.target(of: folder["current"]) == "objects/one")
    try AtomicLink.point(folder["current"], to: "objects/two")
    #expect(AtomicLink.target(of: folder["current"]) == "objects/two")
    #expect(try folder.names() == ["current"])
    #expect(AtomicLink.target(of: folder["none"]) == nil)
  }

  @Test func `a file in the link's place is not replaced`() throws {
    let folder = try TestFolder()
    try folder.write("current", "mine")
    #expect(throws: FileFault.self) { try AtomicLink.point(folder["current"], to: "x") }
    #expect(try String(contentsOf: folder["current"], encoding: .utf8) == "mine")
  }
}

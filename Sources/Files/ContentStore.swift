public import Foundation

/// Files and folders kept under the name of their content: `objects/ab/<sha256>`.
///
/// What is in the store never changes, so copies of a name cannot disagree; every reading verifies the bytes. An object that fails the check is moved
/// aside (`<sha256>.damaged-…`) by the next `put` of the same content, so a damaged disk heals by writing again. Safe for several processes at once.
public struct ContentStore: Sendable {
  public let root: URL

  /// A store below `root`; the folders are made when the first object comes.
  public init(_ root: URL) {
    self.root = root
  }

  // MARK: - Putting

  @discardableResult
  public func put(_ bytes: [UInt8]) throws(FileFault) -> Digest {
    let digest = Digest.of(bytes)
    try place(digest) { (temporary) throws(FileFault) in try DurableFile.write(bytes, to: temporary, permissions: 0o444) }
    return digest
  }

  /// Copies a file into the store.
  @discardableResult
  public func put(file: URL) throws(FileFault) -> Digest {
    let source = try OpenFile(file)
    let digest = try Digest.of(source)
    try place(digest) { (temporary) throws(FileFault) in try Self.copy(source, to: temporary) }
    return digest
  }

  /// Copies a folder, whole, into the store; its name is `Digest.of(folder:)`.
  @discardableResult
  public func put(folder: URL) throws(FileFault) -> Digest {
    let files = try FolderListing.relativeFiles(of: folder)
    let digest = try Digest.of(files: files, in: folder)
    try place(digest) { (temporary) throws(FileFault) in
      try Self.makeFolder(temporary)
      for name in files {
        let copy = temporary.appendingPathComponent(name)
        if name.utf8.contains(UInt8(ascii: "/")) { try Self.makeFolder(copy.deletingLastPathComponent()) }
        try Self.copy(OpenFile(folder.appendingPathComponent(name)), to: copy)
      }
      // Sub-folders' own names are made durable by syncing every folder that holds one.
      for parent in Set(files.map { temporary.appendingPathComponent($0).deletingLastPathComponent().deletingLastPathComponent() }) {
        try DurableFile.syncFolder(parent)
      }
    }
    return digest
  }

  // MARK: - Getting

  /// Where an object lies, whether or not it is there.
  public func path(of digest: Digest) -> URL {
    objects.appendingPathComponent(String(digest.hex.prefix(2))).appendingPathComponent(digest.hex)
  }

  public func contains(_ digest: Digest) -> Bool { access(path(of: digest).path, F_OK) == 0 }

  /// The object's path, after its bytes have been read and found to be what the name says.
  public func verified(_ digest: Digest) throws(FileFault) -> URL {
    let url = path(of: digest)
    let found = try Self.digest(at: url)
    guard found == digest else {
      throw FileFault(
        file: url.path, problem: "its contents have the digest \(found.short)…, not the one in its name: the disk or a program has damaged it",
        hint: "put the same content in the store again; the damaged copy is then moved aside")
    }
    return url
  }

  /// The bytes of a file object, verified.
  public func bytes(_ digest: Digest) throws(FileFault) -> [UInt8] {
    let url = path(of: digest)
    let bytes = try OpenFile(url).readAll()
    guard Digest.of(bytes) == digest else {
      throw FileFault(
        file: url.path, problem: "its contents do not have the digest in its name: damaged", hint: "put the same content in the store again")
    }
    return bytes
  }

  // MARK: - Keeping house

  /// All objects in the store, sorted.
  public func list() throws(FileFault) -> [Digest] {
    guard access(objects.path, F_OK) == 0 else { return [] }
    var found: [Digest] = []
    for shelf in try FolderListing.names(in: objects) where shelf.utf8.count == 2 {
      found += try FolderListing.names(in: objects.appendingPathComponent(shelf)).compactMap(Digest.init(hex:))
    }
    return found.sorted()
  }

  /// Takes an object out. That nothing refers to it any more is the caller's knowledge.
  public func remove(_ digest: Digest) throws(FileFault) {
    let url = path(of: digest)
    // Renamed first, so that a half-removed folder never stands under the object's name.
    let doomed = url.deletingLastPathComponent().appendingPathComponent(DurableFile.temporaryName(for: digest.hex))
    guard rename(url.path, doomed.path) == 0 else { throw FileFault.system(url.path, could: "remove it") }
    try DurableFile.syncFolder(url.deletingLastPathComponent())
    try Self.discard(doomed)
  }

  /// Removes what crashed writers have left, if it is at least `age` seconds old. Returns how many.
  @discardableResult
  public func removeAbandoned(olderThan age: TimeInterval, now: Date) throws(FileFault) -> Int {
    guard access(objects.path, F_OK) == 0 else { return 0 }
    var removed = 0
    for shelf in try FolderListing.names(in: objects) {
      let folder = objects.appendingPathComponent(shelf)
      for name in try FolderListing.names(in: folder) where name.hasPrefix(".") && name.hasSuffix(".tmp") {
        let url = folder.appendingPathComponent(name)
        var status = stat()
        guard lstat(url.path, &status) == 0 else { continue }
        if now.timeIntervalSince1970 - Double(status.st_mtim.tv_sec) >= age {
          try Self.discard(url)
          removed += 1
        }
      }
    }
    return removed
  }

  // MARK: - Private

  private var objects: URL { root.appendingPathComponent("objects") }

  private static func digest(at url: URL) throws(FileFault) -> Digest {
    var status = stat()
    guard stat(url.path, &status) == 0 else { throw FileFault.system(url.path, could: "find the object") }
    return status.st_mode & S_IFMT == S_IFDIR ? try Digest.of(folder: url) : try Digest.of(file: url)
  }

  /// Writes an object under a temporary name, checks it, and renames it into place, unless a good one is there already.
  private func place(_ digest: Digest, _ write: (URL) throws(FileFault) -> Void) throws(FileFault) {
    let url = path(of: digest)
    let shelf = url.deletingLastPathComponent()
    if contains(digest) {
      if let found = try? Self.digest(at: url), found == digest { return }
      let aside = shelf.appendingPathComponent("\(digest.hex).damaged-\(String(UInt64.random(in: .min ... .max), radix: 36))")
      guard rename(url.path, aside.path) == 0 else { throw FileFault.system(url.path, could: "move the damaged object aside") }
    }
    try Self.makeFolder(shelf)
    let temporary = shelf.appendingPathComponent(DurableFile.temporaryName(for: digest.hex))
    do throws(FileFault) {
      try write(temporary)
      let found = try Self.digest(at: temporary)
      guard found == digest else {
        throw FileFault(
          file: url.path, problem: "what was copied has another digest than what was to be copied: the source changed", hint: "try again")
      }
    } catch {
      try? Self.discard(temporary)  // The first error is the one to report.
      throw error
    }
    if rename(temporary.path, url.path) != 0 {
      let fault = FileFault.system(url.path, could: "rename the object into place")
      try? Self.discard(temporary)  // The rename's error is the one to report.
      // Another process was first with the same content, which is as good.
      if let found = try? Self.digest(at: url), found == digest { return }
      throw fault
    }
    try DurableFile.syncFolder(shelf)
    try DurableFile.syncFolder(objects)
  }

  private static func makeFolder(_ url: URL) throws(FileFault) {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw FileFault(file: url.path, reason: .notPermitted, problem: "could not make the folder: \(error.localizedDescription)")
    }
  }

  private static func discard(_ url: URL) throws(FileFault) {
    do {
      try FileManager.default.removeItem(at: url)
    } catch {
      throw FileFault(file: url.path, reason: .notPermitted, problem: "could not remove it: \(error.localizedDescription)")
    }
  }

  private static func copy(_ source: OpenFile, to url: URL) throws(FileFault) {
    try DurableFile.write(to: url, permissions: 0o444) { (sink) throws(FileFault) in
      var offset = 0
      while true {
        let piece = try source.readUpTo(1 << 20, at: offset)
        if piece.isEmpty { break }
        try sink.write(piece)
        offset += piece.count
      }
    }
  }
}

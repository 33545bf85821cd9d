public import Foundation

/// A file kept open for reading at any offset, from any thread.
///
/// Bytes come through `pread` into memory, never through a mapping: a file that another process cuts short gives an error here and not a SIGBUS.
/// The size is taken once, when the file is opened; `checkUnchanged` tells whether it and the modification time still hold.
public final class OpenFile: Sendable {
  public let url: URL
  /// Length in bytes when the file was opened.
  public let size: Int
  private let descriptor: Int32
  private let identity: Identity

  private struct Identity: Hashable {
    var size: Int
    var seconds: Int
    var nanoseconds: Int

    init(_ status: stat) {
      size = Int(status.st_size)
      seconds = Int(status.st_mtim.tv_sec)
      nanoseconds = Int(status.st_mtim.tv_nsec)
    }
  }

  /// Opens an ordinary file; a folder, socket or pipe is refused.
  public init(_ url: URL) throws(FileFault) {
    let path = url.path
    // O_NONBLOCK so that a FIFO put in a file's place is refused below and does not hang the open.
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard opened >= 0 else { throw FileFault.system(path, could: "open it") }
    var status = stat()
    guard fstat(opened, &status) == 0 else {
      let fault = FileFault.system(path, could: "read its size")
      close(opened)
      throw fault
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      close(opened)
      throw FileFault(file: path, problem: "is not an ordinary file", hint: "give the path of the file itself")
    }
    self.url = url
    descriptor = opened
    identity = Identity(status)
    size = identity.size
  }

  deinit { close(descriptor) }

  /// `count` bytes from `offset`; fewer are an error, because callers read what the file itself has promised.
  public func read(at offset: Int, count: Int) throws(FileFault) -> [UInt8] {
    let bytes = try readUpTo(count, at: offset)
    guard bytes.count == count else {
      throw FileFault(
        file: url.path, problem: "ends after \(offset + bytes.count) bytes, \(offset + count) were expected",
        hint: "the file was cut short; copy it again")
    }
    return bytes
  }

  /// At most `count` bytes from `offset`; an empty array at the end of the file.
  public func readUpTo(_ count: Int, at offset: Int) throws(FileFault) -> [UInt8] {
    var failure: FileFault?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      (filled, failure) = fill(UnsafeMutableRawBufferPointer(buffer), at: offset)
    }
    if let failure { throw failure }
    return bytes
  }

  /// Fills an array that is there with little-endian numbers of two bytes from `offset` on: no memory is asked for, and no copy made of the bytes.
  public func read(at offset: Int, into numbers: inout [UInt16]) throws(FileFault) {
    let wanted = 2 * numbers.count
    let (got, failure) = numbers.withUnsafeMutableBytes { fill($0, at: offset) }
    if let failure { throw failure }
    guard got == wanted else {
      throw FileFault(
        file: url.path, problem: "ends after \(offset + got) bytes, \(offset + wanted) were expected",
        hint: "the file was cut short; copy it again")
    }
    if UInt16(littleEndian: 1) != 1 { for i in numbers.indices { numbers[i] = UInt16(littleEndian: numbers[i]) } }
  }

  /// Reads until `room` is full or the file ends; returns how many bytes there were.
  private func fill(_ room: UnsafeMutableRawBufferPointer, at offset: Int) -> (count: Int, failure: FileFault?) {
    guard let base = room.baseAddress else { return (0, nil) }
    var filled = 0
    while filled < room.count {
      let got = pread(descriptor, base + filled, room.count - filled, off_t(offset + filled))
      if got > 0 {
        filled += got
      } else if got == 0 {
        break
      } else if errno != EINTR {
        return (filled, .system(url.path, could: "read it"))
      }
    }
    return (filled, nil)
  }

  /// The whole file, verified to be as long as it was when opened.
  public func readAll() throws(FileFault) -> [UInt8] {
    let bytes = try read(at: 0, count: size)
    try checkUnchanged()
    return bytes
  }

  /// Throws if the file has been written to since it was opened.
  public func checkUnchanged() throws(FileFault) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw FileFault.system(url.path, could: "read its size") }
    guard Identity(status) == identity else {
      throw FileFault(
        file: url.path, problem: "changed while it was being read (\(size) bytes before, \(status.st_size) now)",
        hint: "write new files beside the old ones and rename them; never write into a file that is in use")
    }
  }
}

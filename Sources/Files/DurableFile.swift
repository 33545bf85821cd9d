public import Foundation

/// Writing files so that a crash at any instant leaves either the old contents or the new ones, whole.
///
/// Temporary file in the same folder, write, fsync, rename, fsync of the folder: PostgreSQL's `durable_rename`. A failed fsync means that the file is lost; it
/// is thrown and never tried again, because the kernel may have dropped the dirty pages with the first failure.
public enum DurableFile {
  public static func write(_ bytes: [UInt8], to url: URL, permissions: UInt32 = 0o644) throws(FileFault) {
    try write(to: url, permissions: permissions) { (sink) throws(FileFault) in try sink.write(bytes) }
  }

  public static func write(_ data: Data, to url: URL, permissions: UInt32 = 0o644) throws(FileFault) {
    try write([UInt8](data), to: url, permissions: permissions)
  }

  public static func write(_ text: String, to url: URL, permissions: UInt32 = 0o644) throws(FileFault) {
    try write(Array(text.utf8), to: url, permissions: permissions)
  }

  /// Writes piece by piece; nothing appears under the name unless `body` returns.
  public static func write(to url: URL, permissions: UInt32 = 0o644, _ body: (inout Sink) throws(FileFault) -> Void) throws(FileFault) {
    let folder = url.deletingLastPathComponent()
    let temporary = folder.appendingPathComponent(temporaryName(for: url.lastPathComponent)).path
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode_t(permissions))
    guard descriptor >= 0 else { throw FileFault.system(url.path, could: "create it") }
    var renamed = false
    defer { if !renamed { unlink(temporary) } }
    do throws(FileFault) {
      var sink = Sink(descriptor: descriptor, path: url.path)
      try body(&sink)
      guard fsync(descriptor) == 0 else { throw FileFault.system(url.path, could: "put it on disk") }
    } catch {
      close(descriptor)
      throw error
    }
    guard close(descriptor) == 0 else { throw FileFault.system(url.path, could: "close it") }
    guard rename(temporary, url.path) == 0 else { throw FileFault.system(url.path, could: "rename it into place") }
    renamed = true
    try syncFolder(folder)
  }

  /// Where the body of `write(to:)` puts its bytes.
  public struct Sink {
    fileprivate let descriptor: Int32
    fileprivate let path: String

    public mutating func write(_ bytes: [UInt8]) throws(FileFault) {
      try writeAll(bytes[...], to: descriptor, path: path)
    }
  }

  /// Makes the names in a folder durable: renames and removals.
  public static func syncFolder(_ folder: URL) throws(FileFault) {
    let path = folder.path.isEmpty ? "." : folder.path
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFault.system(path, could: "open the folder") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileFault.system(path, could: "put the folder on disk") }
  }

  /// A name nobody else uses, hidden, and recognisable as left over from a crash.
  static func temporaryName(for name: String) -> String {
    ".\(name.prefix(100)).\(getpid())-\(String(UInt64.random(in: .min ... .max), radix: 36)).tmp"
  }
}

/// All of `bytes` to a descriptor, whatever pieces the kernel takes them in.
func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, path: String) throws(FileFault) {
  var failure: FileFault?
  bytes.withUnsafeBytes { buffer in
    var done = 0
    while done < buffer.count {
      let put = Foundation.write(descriptor, buffer.baseAddress! + done, buffer.count - done)
      if put >= 0 {
        done += put
      } else if errno != EINTR {
        failure = .system(path, could: "write it")
        return
      }
    }
  }
  if let failure { throw failure }
}

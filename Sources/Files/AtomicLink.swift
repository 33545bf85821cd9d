public import Foundation

/// A symbolic link that changes its target in one step: a reader sees the old one or the new one, never none.
public enum AtomicLink {
  /// Makes `link` lead to `target`, replacing a link that is there. Durable when it returns.
  ///
  /// A file or folder in the link's place is refused, not replaced: what someone has put there is not ours to drop.
  public static func point(_ link: URL, to target: String) throws(FileFault) {
    var status = stat()
    if lstat(link.path, &status) == 0, status.st_mode & S_IFMT != S_IFLNK {
      throw FileFault(file: link.path, problem: "is not a symbolic link, so it is not replaced by one", hint: "move it away and run again")
    }
    let folder = link.deletingLastPathComponent()
    let temporary = folder.appendingPathComponent(DurableFile.temporaryName(for: link.lastPathComponent)).path
    guard symlink(target, temporary) == 0 else { throw FileFault.system(link.path, could: "create the link") }
    guard rename(temporary, link.path) == 0 else {
      let fault = FileFault.system(link.path, could: "rename the link into place")
      unlink(temporary)
      throw fault
    }
    try DurableFile.syncFolder(folder)
  }

  /// Where a link leads, as written in it; nil if there is no such link.
  public static func target(of link: URL) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: link.path)
  }
}

internal import Foundation
internal import Glibc
internal import Synchronization

/// The process that stops a private cluster when its owner is gone; see `PrivateCluster`.
///
/// A constant script with its arguments beside it: nothing is pasted into shell text. It ignores the terminal's signals and lives in a session of its
/// own, so that Ctrl-C or a kill of the owner's process group leaves it alive to do its work.
final class ClusterWatchdog: Sendable {
  private static let script = """
    trap '' HUP INT QUIT TERM
    folder=$1; shift
    read -r order || order=stop
    [ "$order" = release ] && exit 0
    cd "$folder" && "$@"
    cd / && rm -rf -- "$folder"
    """

  private let line: Mutex<FileHandle?>

  /// - stop: the words of the command that stops the server; its failure (no server yet) does not keep the folder.
  init(folder: URL, stop: [String]) throws {
    let pipe = Pipe()
    // Any other child that inherited the writing end would keep the watchdog waiting after our death.
    _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, F_SETFD, FD_CLOEXEC)
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/setsid")
    process.arguments = ["/bin/sh", "-c", Self.script, "vigil-watchdog", folder.path] + stop
    process.currentDirectoryURL = URL(filePath: "/")
    process.environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"]
    process.standardInput = pipe.fileHandleForReading
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    try? pipe.fileHandleForReading.close()
    line = Mutex(pipe.fileHandleForWriting)
  }

  /// Has the server stopped and the folder removed.
  func end() {
    line.withLock { line in
      try? line?.close()
      line = nil
    }
  }

  /// Leaves both as they are.
  func release() {
    line.withLock { line in
      try? line?.write(contentsOf: Data("release\n".utf8))
      try? line?.close()
      line = nil
    }
  }
}

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

  /// The pipe's writing end; nil once it is closed.
  private let line: Mutex<Int32?>

  /// - stop: the words of the command that stops the server; its failure (no server yet) does not keep the folder.
  init(folder: URL, stop: [String]) throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw POSIXFailure(what: "could not make a pipe", code: errno) }
    // Any other child that inherited the writing end would keep the watchdog waiting after our death.
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    let sink = open("/dev/null", O_WRONLY | O_CLOEXEC)
    defer {
      close(ends[0])
      close(sink)
    }
    do {
      // setsid --fork ends at once, and its child belongs to init: nobody has to wait for the watchdog.
      let words = ["/usr/bin/setsid", "--fork", "/bin/sh", "-c", Self.script, "vigil-watchdog", folder.path] + stop
      let starter = try ChildProcess.start(words, environment: ["PATH=/usr/bin:/bin", "LC_ALL=C.UTF-8"], folder: "/", input: ends[0], output: sink)
      let status = ChildProcess.wait(for: starter)
      guard status == 0 else { throw POSIXFailure(what: "setsid failed with status \(status)", code: 0) }
    } catch {
      close(ends[1])
      throw error
    }
    line = Mutex(ends[1])
  }

  deinit { end() }

  /// Has the server stopped and the folder removed.
  func end() {
    line.withLock { line in
      if let open = line { close(open) }
      line = nil
    }
  }

  /// Leaves both as they are.
  func release() {
    line.withLock { line in
      guard let open = line else { return }
      _ = write(open, "release\n", 8)
      close(open)
      line = nil
    }
  }
}

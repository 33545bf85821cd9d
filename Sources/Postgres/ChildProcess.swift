internal import Dispatch
internal import Foundation
internal import Glibc

/// Starts programs and waits for them, with `posix_spawn`.
///
/// Foundation's `Process` will not do for a program that leaves a server behind: it learns of a child's end by a socket that the child's children
/// inherit, so `pg_ctl start` would seem to run as long as PostgreSQL does. Here the child gets three descriptors and no more, an empty signal mask (the
/// threads of dispatch block signals, and children would inherit that), and the answer comes from `waitpid`.
enum ChildProcess {
  /// - words: the program's path, then its arguments; no shell reads them.
  /// - environment: `NAME=value`, all there is.
  /// - input, output: descriptors for stdin, and for stdout and stderr.
  /// - Throws: the `errno` of the start as `POSIXFailure`.
  static func start(_ words: [String], environment: [String], folder: String, input: Int32, output: Int32) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, input, 0)
    posix_spawn_file_actions_adddup2(&actions, output, 1)
    posix_spawn_file_actions_adddup2(&actions, output, 2)
    for descriptor in openDescriptors() where descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // env changes the folder: glibc's own way in posix_spawn is not visible to Swift.
    let words = ["/usr/bin/env", "-C", folder] + words
    let arguments = words.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for text in arguments + variables { free(text) } }
    var process: pid_t = 0
    let code = posix_spawn(&process, words[0], &actions, &attributes, arguments, variables)
    guard code == 0 else { throw POSIXFailure(what: "could not start \(words[0])", code: code) }
    return process
  }

  /// Closing one that has gone in the meantime does no harm: glibc ignores it.
  private static func openDescriptors() -> [Int32] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []).compactMap { Int32($0) }
  }

  /// Waits on a thread of dispatch, not on the cooperative pool.
  /// - Returns: the exit code, or 128 and the signal that ended it, as shells count.
  static func end(of process: pid_t) async -> Int32 {
    await withCheckedContinuation { continuation in
      DispatchQueue.global().async { continuation.resume(returning: wait(for: process)) }
    }
  }

  /// Blocks until the process has ended.
  static func wait(for process: pid_t) -> Int32 {
    var status: Int32 = 0
    while waitpid(process, &status, 0) == -1 && errno == EINTR {}
    // WIFEXITED and its kin are macros that Swift does not see.
    let signal = status & 0x7F
    return signal == 0 ? (status >> 8) & 0xFF : 128 + signal
  }
}

/// A system call that failed.
struct POSIXFailure: Error, Sendable, Equatable, CustomStringConvertible {
  let what: String
  let code: Int32

  var description: String { "\(what): \(String(cString: strerror(code)))" }
}

import Foundation
import Glibc

/// Kills the daemon at random moments of random steps; each a matter of chance, as deaths are.
struct DaemonKiller {
  private var steps: [Int: Int] = [:]

  init(kills: Int, steps: Int) {
    for _ in 0..<kills { self.steps[Int.random(in: 1...max(1, steps)), default: 0] += 1 }
  }

  /// The killings of this step, under way.
  mutating func start(_ step: Int, _ daemon: DaemonProcess) -> Task<Void, Never>? {
    guard let count = steps[step] else { return nil }
    return Task {
      for _ in 0..<count {
        try? await Task.sleep(for: .milliseconds(Int.random(in: 5...3_000)))
        await daemon.kill()
      }
    }
  }
}

/// Kills training processes alone, their daemon living on: every other one that appears, so that each is followed by one that may go on from its checkpoint.
struct TrainerKiller {
  let daemon: DaemonProcess

  /// Until it is cancelled.
  /// - Returns: how many were killed.
  func run() async -> Int {
    var seen: Set<pid_t> = []
    var killed = 0
    while !Task.isCancelled, killed < Self.killsMax {
      try? await Task.sleep(for: .milliseconds(100))
      guard let trainer = Self.trainer(of: await daemon.identifier), seen.insert(trainer).inserted, seen.count % 2 == 1 else { continue }
      try? await Task.sleep(for: .milliseconds(Int.random(in: 1_000...12_000)))
      // By now it may have come to its own end, and its number may be another's.
      guard Self.trainer(of: await daemon.identifier) == trainer else { continue }
      if kill(trainer, SIGKILL) == 0 { killed += 1 }
    }
    return killed
  }

  /// Fewer than a job has tries.
  private static let killsMax = 4

  /// The child of the daemon whose command is `train`.
  private static func trainer(of parent: pid_t) -> pid_t? {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
    return processes.first { process in
      guard let command = try? String(contentsOfFile: "/proc/\(process)/cmdline", encoding: .utf8), command.contains("\0train\0"),
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
      else { return false }
      return status.contains("\nPPid:\t\(parent)\n")
    }
  }
}

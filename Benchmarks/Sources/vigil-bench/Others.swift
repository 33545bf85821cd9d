import Foundation

/// How much of the machine others use: looked at in the pauses, when nobody of ours computes.
///
/// Tools whose threads wait for one another by spinning lose many times more to a busy machine than they should; figures from one are worth little, and a line
/// says how busy it was.
enum Others {
  /// Lets threads of the one before come to rest, then looks: the busy share of all processors, 0 to 1.
  static func rest() -> Double {
    Thread.sleep(forTimeInterval: 0.15)
    let before = ticks()
    Thread.sleep(forTimeInterval: 0.15)
    let after = ticks()
    let all = after.all - before.all
    return all > 0 ? max(0, 1 - (after.idle - before.idle) / all) : 0
  }

  /// Of all processors since the system began: user, nice, system, idle, waiting for disks, …; see proc_stat(5).
  private static func ticks() -> (all: Double, idle: Double) {
    let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
    let numbers = text.split(separator: "\n").first?.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) } ?? []
    return numbers.count > 4 ? (numbers.reduce(0, +), numbers[3] + numbers[4]) : (0, 0)
  }
}

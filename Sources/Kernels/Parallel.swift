internal import CKernels
internal import Foundation
internal import Synchronization

/// How many threads the kernels use. No result depends on it.
public enum Compute {
  private static let setting = Atomic<Int>(max(1, ProcessInfo.processInfo.activeProcessorCount))

  /// Threads that one kernel spreads over, at least 1; at first one for each processor.
  public static var threads: Int {
    get { setting.load(ordering: .relaxed) }
    set { setting.store(max(1, newValue), ordering: .relaxed) }
  }

  /// Runs `body` with another number of threads. For measurements: whatever else computes meanwhile uses as many.
  static func with<R>(threads: Int, _ body: () -> R) -> R {
    let before = Self.threads
    defer { Self.threads = before }
    Self.threads = threads
    return body()
  }

  /// The loops in use: "avx512", "avx2" or "plain". AVX2 and AVX-512 give the same bits, plain does not.
  public static var instructionSet: String { String(cString: vk_instruction_set()) }

  /// Whether products of bfloat16 are one instruction here (AVX512-BF16) and in use.
  public static var hasBFloat16Products: Bool { instructionSet == "avx512" && vk_has_bf16_dot() == 1 }

  /// Switches to another set of loops if this processor has it. For tests: nothing may compute meanwhile.
  @discardableResult
  public static func use(instructionSet: String) -> Bool { vk_use_instruction_set(instructionSet) == 1 }
}

/// Runs `body(0)` to `body(tasks - 1)`, each once, on up to `Compute.threads` threads; returns when all are done.
///
/// Threads take the next task as they finish one. Tasks write disjoint rows and must not care which thread they are on or in which order they run.
package func parallel(_ tasks: Int, _ body: (Int) -> Void) {
  guard tasks > 1, Compute.threads > 1 else {
    for task in 0..<tasks { body(task) }
    return
  }
  Team.shared.run(tasks, threads: Compute.threads, body)
}

/// Splits `count` rows into tasks of `grain` rows (the last has fewer) and runs `body` with each task's range.
package func parallel(rows count: Int, grain: Int, _ body: (Range<Int>) -> Void) {
  parallel((count + grain - 1) / grain) { task in body(task * grain..<min((task + 1) * grain, count)) }
}

/// Runs `body` over all rows of a chain of kernels, some rows at a time where there are many: what one kernel writes is still in the cache when the next one
/// reads it, and threads meet once a chain and not after every kernel. Where there are few, all together, and each kernel splits its work itself.
/// Rows must not depend on one another.
public func inRowBlocks(_ rows: Range<Int>, _ body: (Range<Int>) -> Void) {
  guard Compute.threads > 1, rows.count >= 3 * Compute.threads * rowTile else { return body(rows) }
  parallel(rows: rows.count, grain: rowTile) { body(rows.lowerBound + $0.lowerBound..<rows.lowerBound + $0.upperBound) }
}

internal import CKernels
internal import Foundation
internal import Synchronization

/// Threads that help with one loop at a time.
///
/// A model of a hundred million parameters runs thousands of loops a second when it generates, each of some microseconds: waking a sleeping thread would take
/// longer than the loop. So helpers look out for the next loop for a moment before they lie down. A loop never waits for a helper that has not begun: whoever
/// asked works through the tasks, and helpers that come in time take some of them.
///
/// `@unchecked Sendable`: `body` is written while the gate is shut and nobody is inside, and read by those who are inside.
final class Team: @unchecked Sendable {
  static let shared = Team()

  /// Open for helpers or shut, and how many are inside: 2 * inside + (open ? 1 : 0).
  private let gate = Atomic<Int>(0)
  /// Rises with every loop, for helpers to notice.
  private let loops = Atomic<Int>(0)
  private let next = Atomic<Int>(0)
  private let busy = Atomic<Bool>(false)
  private let lying = Atomic<Int>(0)
  private let bed = NSCondition()
  private var members = 0
  private var tasks = 0
  private var seats = 0
  private var body: ((Int) -> Void)?

  /// Looks at the next loop this often, about 50 microseconds, before a helper lies down.
  private static let patience = 1500

  func run(_ count: Int, threads: Int, _ body: (Int) -> Void) {
    // Another loop has the team, or this is a loop inside a loop: one thread will do.
    guard busy.compareExchange(expected: false, desired: true, ordering: .acquiring).exchanged else {
      for task in 0..<count { body(task) }
      return
    }
    defer { busy.store(false, ordering: .releasing) }
    hire(threads - 1)
    withoutActuallyEscaping(body) { body in
      self.body = body
      (tasks, seats) = (count, min(threads, count) - 1)
      next.store(0, ordering: .relaxed)
      gate.store(1, ordering: .sequentiallyConsistent)
      loops.wrappingAdd(1, ordering: .sequentiallyConsistent)
      if lying.load(ordering: .sequentiallyConsistent) > 0 {
        bed.lock()
        bed.broadcast()
        bed.unlock()
      }
      work(body)
      var inside = gate.wrappingSubtract(1, ordering: .acquiringAndReleasing).newValue
      var turns = 0
      while inside > 0 {
        turns += 1
        // A helper that the system has put aside in the middle of a task needs this processor more than we do.
        if turns % Self.patience == 0 { sched_yield() } else { vk_pause() }
        inside = gate.load(ordering: .acquiring)
      }
      self.body = nil
    }
  }

  private func work(_ body: (Int) -> Void) {
    while true {
      let task = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard task < tasks else { return }
      body(task)
    }
  }

  private func hire(_ wanted: Int) {
    while members < wanted {
      members += 1
      let thread = Thread { [unowned self] in help() }
      thread.name = "vigil.kernels"
      thread.stackSize = 4 << 20
      thread.start()
    }
  }

  /// A helper's life.
  private func help() -> Never {
    var seen = 0
    while true {
      seen = nextLoop(after: seen)
      guard enter() else { continue }
      if let body { work(body) }
      gate.wrappingSubtract(2, ordering: .acquiringAndReleasing)
    }
  }

  /// Goes in if the gate is open and a seat is free.
  private func enter() -> Bool {
    var state = gate.load(ordering: .acquiring)
    while state & 1 == 1 {
      let (done, now) = gate.compareExchange(expected: state, desired: state + 2, ordering: .acquiringAndReleasing)
      if done {
        if state / 2 < seats { return true }
        gate.wrappingSubtract(2, ordering: .acquiringAndReleasing)
        return false
      }
      state = now
    }
    return false
  }

  /// The number of the newest loop, once it is another than `seen`.
  private func nextLoop(after seen: Int) -> Int {
    for _ in 0..<Self.patience {
      let now = loops.load(ordering: .acquiring)
      if now != seen { return now }
      vk_pause()
    }
    bed.lock()
    defer { bed.unlock() }
    lying.wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { lying.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let now = loops.load(ordering: .sequentiallyConsistent)
      if now != seen { return now }
      bed.wait()
    }
  }
}

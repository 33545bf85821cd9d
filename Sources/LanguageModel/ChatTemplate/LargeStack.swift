internal import Foundation
internal import Synchronization

/// Deep work on threads with little stack: Dispatch and Swift concurrency give half a megabyte, and a recursive parser may want more.
enum LargeStack {
  private final class Box<Value: Sendable>: Sendable {
    let value = Mutex<Value?>(nil)
  }

  /// Runs `body` on a thread of its own with a stack of `megabytes`, and waits for it. Costs some fifty microseconds.
  static func run<Value: Sendable>(megabytes: Int, _ body: @escaping @Sendable () -> Value) -> Value {
    let box = Box<Value>()
    let done = DispatchSemaphore(value: 0)
    let thread = Thread {
      let value = body()
      box.value.withLock { $0 = value }
      done.signal()
    }
    thread.stackSize = megabytes << 20
    thread.start()
    done.wait()
    guard let value = box.value.withLock({ $0 }) else { preconditionFailure("the thread signals only after it has left its value") }
    return value
  }
}

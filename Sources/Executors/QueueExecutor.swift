public import Dispatch

/// A serial executor over a dispatch queue, for actors that make blocking calls (libpq, files, a training step).
///
/// Swift's cooperative pool has as many threads as the machine has cores and never grows: one blocked call there is a core lost, a few are a dead
/// process. An actor on an executor of its own blocks a thread of its own instead:
///
///     actor Connection {
///       private let executor = QueueExecutor(label: "connection")
///       nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
///     }
///
/// After `groue/GRDB.swift: GRDB/Core/DispatchQueueActor.swift`. Apple's `DispatchSerialQueue` does the same, but does not exist on Linux. A serial
/// queue targets the overcommitting root queue, so queues that block do not starve one another.
public final class QueueExecutor: SerialExecutor {
  public let queue: DispatchQueue

  /// - label: shown by debuggers as the thread's name while a job runs.
  public init(label: String, qos: DispatchQoS = .unspecified) {
    queue = DispatchQueue(label: label, qos: qos)
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let executor = asUnownedSerialExecutor()
    queue.async { job.runSynchronously(on: executor) }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

  public func checkIsolated() { dispatchPrecondition(condition: .onQueue(queue)) }
}

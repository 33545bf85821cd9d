/// At most so many requests at once, whoever asks; the others wait in the order they came.
actor ConcurrencyLimit {
  private var free: Int
  private var waiting: [(id: UInt64, resume: CheckedContinuation<Void, any Error>)] = []
  private var nextID: UInt64 = 0

  init(_ places: Int) {
    precondition(places > 0, "there is at least one place")
    free = places
  }

  /// - Throws: what `body` throws; `CancellationError` when the task is cancelled while it waits.
  nonisolated func withPlace<Value: Sendable>(_ body: @Sendable () async throws -> Value) async throws -> Value {
    try await take()
    do {
      let value = try await body()
      await giveBack()
      return value
    } catch {
      await giveBack()
      throw error
    }
  }

  private func take() async throws {
    try Task.checkCancellation()
    if free > 0 {
      free -= 1
      return
    }
    let id = nextID
    nextID += 1
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiting.append((id, $0)) }
    } onCancel: {
      // The handler may not wait, and the actor is where the list is. The task ends with one look at it.
      Task { await leave(id) }
    }
  }

  private func giveBack() {
    if waiting.isEmpty {
      free += 1
    } else {
      waiting.removeFirst().resume.resume()
    }
  }

  private func leave(_ id: UInt64) {
    // Not there: its turn had come before it was cancelled, and it gives the place back itself.
    guard let place = waiting.firstIndex(where: { $0.id == id }) else { return }
    waiting.remove(at: place).resume.resume(throwing: CancellationError())
  }
}

/// Transforms items side by side, at most `limit` at once; values come in the items' order. The first error cancels the rest.
func orderedMap<Item: Sendable, Value: Sendable>(
  _ items: [Item], limit: Int, _ transform: @escaping @Sendable (Item) async throws -> Value
) async throws -> [Value] {
  try await withThrowingTaskGroup(of: (place: Int, value: Value).self) { group in
    var values: [Int: Value] = [:]
    values.reserveCapacity(items.count)
    for (place, item) in items.enumerated() {
      if place >= limit, let done = try await group.next() { values[done.place] = done.value }
      group.addTask { (place, try await transform(item)) }
    }
    while let done = try await group.next() { values[done.place] = done.value }
    return items.indices.compactMap { values[$0] }
  }
}

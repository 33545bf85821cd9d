import Alerting
import Foundation
import Logging
import Records
import ServiceLifecycle
import Storage
import Synchronization

/// Carries messages from the outbox to their receivers, for as long as the daemon runs.
struct DeliveryService: Service {
  let dispatcher: Dispatcher
  let health: HealthBoard
  private let hasReceivers: Bool

  static let interval = Duration.milliseconds(200)

  init(context: DaemonContext, health: HealthBoard) throws {
    let receivers = try context.configuration.receivers.map { try Self.receiver($0) }
    dispatcher = Dispatcher(
      receivers: receivers, outbox: StoredOutbox(storage: context.storage, holder: context.holder), logger: context.logger)
    self.health = health
    hasReceivers = !receivers.isEmpty
    if !hasReceivers { context.logger.warning("no receivers are configured: alerts are shown by vigil alerts, and sent to nobody") }
  }

  func run() async throws {
    // A service that ends of itself ends the daemon.
    guard hasReceivers else { return try await gracefulShutdown() }
    await cancelWhenGracefulShutdown { await dispatcher.run(every: Self.interval) }
  }

  private static func receiver(_ configuration: ReceiverConfiguration) throws -> any Receiver {
    switch configuration.kind {
    case .folder(let folder): FolderReceiver(name: configuration.name, folder: folder)
    case .webhook(let url, let secretFile):
      WebhookReceiver(
        name: configuration.name, address: try WebhookAddress(url.absoluteString), secret: try secretFile.map { try WebhookSecret(file: $0) })
    }
  }
}

/// The outbox that deliveries are taken from: the table of the state database.
final class StoredOutbox: Alerting.Outbox {
  private let storage: StateDatabase
  private let holder: String
  /// Leases of what is being tried now, by the row's id.
  private let leases = Mutex<[Int64: OutboxLease]>([:])
  private let disabled = Mutex<Set<String>>([])

  /// Outlasts a batch of tries that all take as long as they may.
  private static let lease = Duration.seconds(Int(Dispatcher.tryLimit) * (Dispatcher.batchLimit + 1))

  init(storage: StateDatabase, holder: String) {
    self.storage = storage
    self.holder = holder
  }

  func claim(receiver: String, limit: Int) async throws -> [Alerting.OutboxMessage] {
    if disabled.withLock({ $0.contains(receiver) }) { return [] }
    let claimed = try await storage.transaction { tx in
      try await tx.outbox.claim(receiver: receiver, holder: holder, ttl: Self.lease, limit: limit)
    }
    return try claimed.map { lease in
      let id = Int64(lease.message.id)
      leases.withLock { $0[id] = lease }
      let message = try JSONForm.decoder().decode(AlertMessage.self, from: JSONForm.encoder().encode(lease.message.payload))
      return Alerting.OutboxMessage(
        id: id, receiver: receiver, message: message, attempts: lease.message.attempt - 1, queuedAt: lease.message.createdAt, token: id)
    }
  }

  func delivered(_ message: Alerting.OutboxMessage, detail: String) async throws {
    try await settle(message) { tx, lease in try await tx.outbox.delivered(lease, status: Int(detail.prefix { $0.isNumber })) }
  }

  func retry(_ message: Alerting.OutboxMessage, at: Date, reason: String) async throws {
    let pause = Duration.seconds(max(0, at.timeIntervalSinceNow))
    try await settle(message) { tx, lease in try await tx.outbox.failed(lease, status: nil, error: reason, retryAfter: pause) }
  }

  func dead(_ message: Alerting.OutboxMessage, reason: String) async throws {
    try await settle(message) { tx, lease in try await tx.outbox.failed(lease, status: nil, error: reason, retryAfter: nil) }
  }

  func release(_ messages: [Alerting.OutboxMessage]) async throws {
    for message in messages { try await settle(message) { tx, lease in try await tx.outbox.release(lease) } }
  }

  func disable(receiver: String, reason: String) async throws {
    _ = disabled.withLock { $0.insert(receiver) }
    try await storage.transaction { tx in
      try await tx.events.append(
        at: Date(), actor: "daemon", what: "receiver disabled", detail: ["receiver": .string(receiver), "reason": .string(reason)])
    }
  }

  private func settle(
    _ message: Alerting.OutboxMessage, _ body: @escaping @Sendable (StorageWriter, OutboxLease) async throws -> Void
  ) async throws {
    guard let lease = leases.withLock({ $0.removeValue(forKey: message.id) }) else {
      preconditionFailure("every message that was given out has a lease")
    }
    try await storage.transaction { tx in try await body(tx, lease) }
  }
}

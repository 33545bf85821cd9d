package import Foundation
internal import Postgres
package import Records

/// A message to the world and what became of it.
package struct OutboxMessage: Sendable, Hashable, Codable {
  package var id: Int
  package var receiver: String
  /// The same for every attempt: the receiver's means to know a repetition (`webhook-id`).
  package var idempotencyKey: String
  /// The alert it speaks of, and which of its transitions.
  package var fingerprint: String
  package var sequence: Int
  package var payload: JSONValue
  package var createdAt: Date
  package var attempt: Int
  package var nextAt: Date
  package var deliveredAt: Date?
  package var deadAt: Date?
  package var lastStatus: Int?
  package var lastError: String?
}

/// A message that this process may deliver now.
package struct OutboxLease: Sendable, Hashable {
  package var message: OutboxMessage
  package var token: UUID
}

/// Messages are written in the transaction of the state change that causes them, and delivered from here: at least once, and for each receiver and
/// alert strictly in order. Times are the database's: leases and retries are about the real world, not about the daemon's clock.
package struct Outbox<Access>: Sendable {
  let connection: PostgresConnection
}

extension Outbox {
  /// Newest first.
  package func list(waiting: Bool = false, receiver: String? = nil, limit: Int = 100) async throws -> [OutboxMessage] {
    try await connection.query(OutboxSQL.list, [.bool(waiting), .optional(receiver), .integer(limit)]).map(OutboxMessage.init)
  }

  /// The messages about one alert, in order.
  package func about(_ fingerprint: String) async throws -> [OutboxMessage] {
    try await connection.query("SELECT * FROM vigil.outbox WHERE fingerprint = $1 ORDER BY sequence, receiver, id", [.text(fingerprint)])
      .map(OutboxMessage.init)
  }

  /// How long the oldest undelivered message has waited, in seconds; nil when none waits.
  package func oldestWaitingSeconds() async throws -> Double? {
    try await connection.query(OutboxSQL.oldest)[0].optionalDouble("seconds")
  }

  /// Messages not delivered yet, and those given up.
  package func counts() async throws -> (waiting: Int, dead: Int) {
    let row = try await connection.query(OutboxSQL.counts)[0]
    return (try row.int("waiting"), try row.int("dead"))
  }
}

extension Outbox where Access == WriteAccess {
  /// Writes a message; with a key that is there already nothing happens.
  /// - Returns: whether it is new.
  @discardableResult
  package func enqueue(
    receiver: String, idempotencyKey: String, fingerprint: String, sequence: Int, payload: some Encodable & Sendable
  ) async throws -> Bool {
    let parameters: [PostgresParameter] = [
      .text(receiver), .text(idempotencyKey), .text(fingerprint), .integer(sequence), try .encoding(payload),
    ]
    return try await connection.execute(OutboxSQL.enqueue, parameters) == 1
  }

  /// Takes messages that are due, for as long as `ttl`. The delivery itself happens outside any transaction.
  /// - receiver: only its messages; everybody's when nil.
  /// - holder: names this process, for `recover`.
  package func claim(receiver: String? = nil, holder: String, ttl: Duration, limit: Int = 10) async throws -> [OutboxLease] {
    try await connection.query(OutboxSQL.claim, [.integer(limit), .text(holder), .seconds(ttl), .optional(receiver)])
      .map { OutboxLease(message: try OutboxMessage($0), token: try $0.uuid("token")) }
      .sorted { $0.message.id < $1.message.id }
  }

  /// - Throws: `LeaseLost` when another process has it by now; the message may then be delivered twice, with the same key.
  package func delivered(_ lease: OutboxLease, status: Int?) async throws {
    try await settle(OutboxSQL.delivered, lease, [.optional(status)])
  }

  /// Puts it back for another attempt.
  /// - retryAfter: from now; nil gives the message up (it stays, visibly undelivered, until `redeliver`).
  package func failed(_ lease: OutboxLease, status: Int?, error: String, retryAfter: Duration?) async throws {
    try await settle(OutboxSQL.failed, lease, [.optional(status), .text(error), retryAfter.map { .seconds($0) } ?? .null])
  }

  /// Gives a message back untried, at shutdown.
  package func release(_ lease: OutboxLease) async throws { try await settle(OutboxSQL.release, lease, []) }

  /// Frees what a process that is known to be dead had taken, without waiting for its leases to end.
  @discardableResult
  package func recover(holder: String) async throws -> Int { try await connection.execute(OutboxSQL.recover, [.text(holder)]) }

  /// Sends a message again, delivered or given up.
  /// - Returns: false when there is none.
  package func redeliver(id: Int) async throws -> Bool { try await connection.execute(OutboxSQL.redeliver, [.integer(id)]) == 1 }

  private func settle(_ sql: String, _ lease: OutboxLease, _ parameters: [PostgresParameter]) async throws {
    guard try await connection.execute(sql, [.integer(lease.message.id), .uuid(lease.token)] + parameters) == 1 else {
      throw LeaseLost(kind: "delivery", id: lease.message.id)
    }
  }
}

extension OutboxMessage {
  init(_ row: PostgresRow) throws {
    self.init(
      id: try row.int("id"), receiver: try row.text("receiver"), idempotencyKey: try row.text("idempotency_key"),
      fingerprint: try row.text("fingerprint"), sequence: try row.int("sequence"), payload: try row.json("payload"),
      createdAt: try row.time("created_at"), attempt: try row.int("attempt"), nextAt: try row.time("next_at"),
      deliveredAt: try row.optionalTime("delivered_at"), deadAt: try row.optionalTime("dead_at"), lastStatus: try row.optionalInt("last_status"),
      lastError: try row.optionalText("last_error"))
  }
}

private enum OutboxSQL {
  static let list = """
    SELECT * FROM vigil.outbox
    WHERE (NOT $1 OR (delivered_at IS NULL AND dead_at IS NULL)) AND ($2::text IS NULL OR receiver = $2)
    ORDER BY id DESC LIMIT $3
    """

  static let oldest = """
    SELECT extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS seconds FROM vigil.outbox
    WHERE delivered_at IS NULL AND dead_at IS NULL
    """

  static let counts = """
    SELECT count(*) FILTER (WHERE dead_at IS NULL) AS waiting, count(dead_at) AS dead FROM vigil.outbox WHERE delivered_at IS NULL
    """

  static let enqueue = """
    INSERT INTO vigil.outbox (receiver, idempotency_key, fingerprint, sequence, payload) VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (idempotency_key) DO NOTHING
    """

  // An earlier message of the same receiver and alert that still waits (leased or not) holds back the later ones. The subquery locks the rows it
  // picks; a row locked by another claim is passed over.
  static let claim = """
    WITH due AS (
      SELECT o.id FROM vigil.outbox o
      WHERE o.delivered_at IS NULL AND o.dead_at IS NULL AND o.next_at <= clock_timestamp()
        AND ($4::text IS NULL OR o.receiver = $4)
        AND (o.token IS NULL OR o.leased_until < clock_timestamp())
        AND NOT EXISTS (
          SELECT FROM vigil.outbox e
          WHERE e.receiver = o.receiver AND e.fingerprint = o.fingerprint AND (e.sequence, e.id) < (o.sequence, o.id)
            AND e.delivered_at IS NULL AND e.dead_at IS NULL)
      ORDER BY o.next_at, o.id LIMIT $1
      FOR UPDATE OF o SKIP LOCKED
    )
    UPDATE vigil.outbox o SET
      attempt = o.attempt + 1, token = gen_random_uuid(), leased_by = $2, leased_until = clock_timestamp() + make_interval(secs => $3)
    FROM due WHERE o.id = due.id
    RETURNING o.*
    """

  static let delivered = """
    UPDATE vigil.outbox SET
      delivered_at = clock_timestamp(), last_status = $3, last_error = NULL, token = NULL, leased_by = NULL, leased_until = NULL
    WHERE id = $1 AND token = $2
    """

  static let failed = """
    UPDATE vigil.outbox SET
      last_status = $3, last_error = $4,
      next_at = CASE WHEN $5::float8 IS NULL THEN next_at ELSE clock_timestamp() + make_interval(secs => $5) END,
      dead_at = CASE WHEN $5::float8 IS NULL THEN clock_timestamp() END,
      token = NULL, leased_by = NULL, leased_until = NULL
    WHERE id = $1 AND token = $2
    """

  static let release = """
    UPDATE vigil.outbox SET attempt = attempt - 1, token = NULL, leased_by = NULL, leased_until = NULL WHERE id = $1 AND token = $2
    """

  static let recover = """
    UPDATE vigil.outbox SET token = NULL, leased_by = NULL, leased_until = NULL WHERE leased_by = $1
    """

  static let redeliver = """
    UPDATE vigil.outbox SET
      delivered_at = NULL, dead_at = NULL, next_at = clock_timestamp(), token = NULL, leased_by = NULL, leased_until = NULL
    WHERE id = $1
    """
}

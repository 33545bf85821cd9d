import Evaluation
import Foundation
import HelpDesk
import Logging
import Postgres
import Records

/// Production, played: customers write, the deployed model answers, clerks label hours to days later.
///
/// It knows the world and what is planted in it, and of Vigil only the champion's link, as a real service would. Some transactions stay open while
/// later ones commit, so rows become visible late and out of order.
actor Traffic {
  private let world: World
  private let connection: PostgresConnection
  private let configuration: PostgresConfiguration
  private let logger: Logger
  private let answerer: @Sendable ([PredictionRequest]) async throws -> [Prediction]
  /// Open transactions, each with one row that is not committed yet.
  private var late: [(ticket: Ticket, connection: PostgresConnection)] = []
  private var playedUntil: Date
  private var tickets: [Ticket]

  struct Counts: Codable, Sendable {
    var rows = 0
    var committedLate = 0
    var labels = 0
    var wrongLabels = 0
  }

  init(
    world: World, configuration: PostgresConfiguration, logger: Logger,
    answerer: @escaping @Sendable ([PredictionRequest]) async throws -> [Prediction]
  ) {
    self.world = world
    self.configuration = configuration
    self.logger = logger
    self.answerer = answerer
    connection = PostgresConnection(configuration, logger: logger)
    playedUntil = World.start
    tickets = world.tickets()
  }

  /// The table of the help desk's own database. Simulated time is a column of its own beside the row's true insertion time.
  static let table = """
    CREATE TABLE tickets (
      id bigint PRIMARY KEY,
      created_at timestamptz NOT NULL,
      inserted_at timestamptz NOT NULL DEFAULT now(),
      message text,
      channel text NOT NULL,
      region text NOT NULL,
      speech text NOT NULL,
      queue text,
      true_queue text
    );
    CREATE INDEX tickets_inserted_at ON tickets (inserted_at);
    """

  /// Plays everything that happens before `time`.
  func advance(to time: Date) async throws -> Counts {
    var counts = Counts()
    let new = tickets.filter { playedUntil <= $0.time && $0.time < time }
    let answers = try await answerer(new.map { PredictionRequest(key: String($0.id), input: $0.message.text) })
    let answered = Array(zip(new, answers.map(\.answer)))

    // Those that will commit late begin first, so that the others overtake them.
    for (ticket, answer) in answered where ticket.commitTime >= time {
      let own = PostgresConnection(configuration, logger: logger)
      _ = try await own.execute("BEGIN")
      try await insert([(ticket, answer)], on: own)
      late.append((ticket, own))
    }
    let onTime = answered.filter { $0.0.commitTime < time }
    for start in stride(from: 0, to: onTime.count, by: 100) {
      try await insert(Array(onTime[start..<min(start + 100, onTime.count)]), on: connection)
    }
    counts.rows = new.count

    for (ticket, own) in late where ticket.commitTime < time {
      _ = try await own.execute("COMMIT")
      await own.close()
      counts.committedLate += 1
    }
    late.removeAll { $0.ticket.commitTime < time }

    let labels = world.labels(tickets, from: playedUntil, to: time)
    try await label(labels.map { ($0.id, $0.label) })
    counts.labels = labels.count
    counts.wrongLabels = labels.count(where: \.wrong)
    playedUntil = time
    return counts
  }

  private func insert(_ rows: [(Ticket, String?)], on connection: PostgresConnection) async throws {
    guard !rows.isEmpty else { return }
    _ = try await connection.execute(
      """
      INSERT INTO tickets (id, created_at, message, channel, region, speech, queue)
      SELECT * FROM unnest($1::bigint[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
      """,
      [
        .integers(rows.map { Int($0.0.id) }), .times(rows.map(\.0.time)), .texts(rows.map(\.0.message.text)),
        .texts(rows.map(\.0.message.channel.rawValue)), .texts(rows.map(\.0.message.region.rawValue)), .texts(rows.map(\.0.message.speech.rawValue)),
        .texts(rows.map(\.1)),
      ])
  }

  private func label(_ labels: [(id: Int64, label: Queue)]) async throws {
    guard !labels.isEmpty else { return }
    _ = try await connection.execute(
      "UPDATE tickets t SET true_queue = l.label FROM unnest($1::bigint[], $2::text[]) AS l(id, label) WHERE t.id = l.id",
      [.integers(labels.map { Int($0.id) }), .texts(labels.map(\.label.rawValue))])
  }
}

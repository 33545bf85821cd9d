import Foundation
import Postgres
import Storage
import TestSupport
import Testing

/// A production table, an owner who writes it, and a role that may only read.
private struct Production {
  let url: String
  let owner: PostgresConnection
  let role: String

  static func make(statistics: Bool = true) async throws -> Production {
    let url = try await Cluster.database("production")
    let owner = PostgresConnection(try PostgresConfiguration(url: url, purpose: "owner"))
    let role = "reader_" + UUID().uuidString.prefix(8).lowercased()
    try await owner.run(
      script: """
        CREATE TABLE tickets (
          id bigserial PRIMARY KEY, at timestamptz, message text, channel text, "Region" text, answer text, queue text,
          inserted timestamptz NOT NULL DEFAULT now());
        CREATE INDEX ON tickets (inserted);
        CREATE ROLE \(role) LOGIN;
        GRANT SELECT ON tickets TO \(role);
        \(statistics ? "GRANT pg_read_all_stats TO \(role);" : "")
        """)
    return Production(url: url, owner: owner, role: role)
  }

  var readerURL: String { url.replacing("postgresql://vigil@", with: "postgresql://\(role)@") }

  func reader(_ change: (inout SourceSpecification) -> Void = { _ in }) throws -> SourceReader {
    var specification = SourceSpecification(
      table: "tickets", key: "id", time: "at", input: "message", label: "queue", output: "answer", inserted: "inserted",
      columns: ["channel", "Region"])
    change(&specification)
    return SourceReader(specification, try PostgresConfiguration(url: readerURL, purpose: "source"))
  }

  func session(_ name: String) throws -> PostgresConnection { PostgresConnection(try PostgresConfiguration(url: url, purpose: name)) }
}

extension SourceReader {
  /// All rows of one increment, and the position after it.
  fileprivate func read(since position: SourcePosition?, page: Int = 1000) async throws -> (
    rows: [SourceRow], position: SourcePosition, restarted: String?
  ) {
    try await withIncrement(since: position, page: page) { increment in
      var rows: [SourceRow] = []
      for try await page in increment { rows += page }
      return (rows, increment.position, increment.restarted)
    }
  }
}

@Suite struct SourceReaderTests {
  @Test func `late commits, ids taken early and savepoints are read once each`() async throws {
    let production = try await Production.make()
    let reader = try production.reader()
    let (none, start, _) = try await reader.read(since: nil)
    #expect(none.isEmpty)

    // A takes id 1 and stays open; B commits id 2; C takes id 3 by nextval and writes later; D writes id 4 in a savepoint; B commits id 5. So D's
    // savepoint has a transaction id of its own, below the snapshot's xmax and not among the transactions in progress that the snapshot lists.
    let (a, b, c, d) = (try production.session("a"), try production.session("b"), try production.session("c"), try production.session("d"))
    try await a.execute("BEGIN")
    try await a.execute("INSERT INTO tickets (message) VALUES ('A')")
    try await b.execute("INSERT INTO tickets (message) VALUES ('B1')")
    try await c.execute("BEGIN")
    try await c.execute("SELECT nextval('tickets_id_seq')")
    try await d.execute("BEGIN")
    try await d.execute("SAVEPOINT s")
    try await d.execute("INSERT INTO tickets (message) VALUES ('D')")
    try await d.execute("RELEASE s")
    try await b.execute("INSERT INTO tickets (message) VALUES ('B2')")

    let first = try await reader.read(since: start)
    #expect(first.rows.map(\.key) == ["2", "5"])
    let between = try await reader.read(since: first.position)
    #expect(between.rows.isEmpty)

    try await a.execute("COMMIT")
    try await c.execute("INSERT INTO tickets (id, message) VALUES (3, 'C')")
    try await c.execute("COMMIT")
    try await d.execute("COMMIT")
    let second = try await reader.read(since: between.position)
    #expect(Set(second.rows.map(\.key)) == ["1", "3", "4"])
    #expect(try await reader.read(since: second.position).rows.isEmpty)

    // What a rollback took back never appears; an update makes its row appear again.
    try await a.execute("BEGIN")
    try await a.execute("INSERT INTO tickets (message) VALUES ('never')")
    try await a.execute("ROLLBACK")
    try await b.execute("UPDATE tickets SET queue = 'billing' WHERE id = 2")
    let third = try await reader.read(since: second.position)
    #expect(third.rows.map(\.key) == ["2"])
    #expect(third.rows[0].label == "billing")
  }

  @Test func `a prepared transaction is waited for`() async throws {
    let production = try await Production.make()
    let reader = try production.reader()
    try await production.owner.execute("BEGIN")
    try await production.owner.execute("INSERT INTO tickets (message, inserted) VALUES ('two phases', now() - interval '1 s')")
    let name = "gid_\(UUID().uuidString.prefix(8))"
    try await production.owner.execute("PREPARE TRANSACTION '\(name)'")
    var position = try await reader.read(since: nil).position
    for _ in 1...3 { position = try await reader.read(since: position).position }
    try await production.owner.execute("COMMIT PREPARED '\(name)'")
    #expect(try await reader.read(since: position).rows.map(\.input) == ["two phases"])
  }

  @Test func `under many writers every row is read exactly once`() async throws {
    let production = try await Production.make()
    let writers = 6, transactions = 40
    let reading = Task {
      let reader = try production.reader()
      var seen: [String] = []
      var position: SourcePosition?
      while !Task.isCancelled {
        // Cancelled between the two, the last pass below reads what is left.
        let pass = try await Task { [position] in try await reader.read(since: position, page: 7) }.value
        seen += pass.rows.map(\.key)
        position = pass.position
      }
      let last = try await Task { [position] in try await reader.read(since: position) }.value
      return seen + last.rows.map(\.key)
    }
    try await withThrowingTaskGroup(of: Void.self) { group in
      for writer in 0..<writers {
        group.addTask {
          let session = try production.session("writer\(writer)")
          var state = UInt64(writer + 1)
          func random(_ bound: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % bound
          }
          for number in 0..<transactions {
            try await session.execute("BEGIN")
            try await session.execute("INSERT INTO tickets (message) SELECT 'm' FROM generate_series(1, $1::int)", [.integer(Int(random(3)) + 1)])
            if random(2) == 0 { try await session.execute("SELECT pg_sleep($1::float8)", [.double(Double(random(20)) / 1000)]) }
            if random(3) == 0 { try await session.execute("SAVEPOINT s") }
            try await session.execute("INSERT INTO tickets (message) VALUES ('m')")
            try await session.execute(number.isMultiple(of: 10) ? "ROLLBACK" : "COMMIT")
          }
        }
      }
      try await group.waitForAll()
    }
    reading.cancel()
    let seen = try await reading.value
    let there = try await production.owner.query("SELECT id::text AS id FROM tickets").map { try $0.text("id") }
    #expect(there.count > writers * transactions)
    #expect(seen.count == there.count)
    #expect(Set(seen) == Set(there))
  }

  @Test func `rows come with what the configuration names, capped on the server`() async throws {
    let production = try await Production.make()
    try await production.owner.run(
      script: """
        INSERT INTO tickets (at, message, channel, "Region", answer, queue) VALUES ('2026-01-15 08:00+00', 'hello', 'email', NULL, 'billing', 'refund');
        INSERT INTO tickets (message) VALUES (NULL), (''), (repeat('ä', 500000)), (E'\\x01\\x1b[31m\\x7f');
        """)
    let rows = try await production.reader().read(since: nil, page: 2).rows
    #expect(
      rows[0]
        == SourceRow(
          key: "1", time: Date(timeIntervalSince1970: 1_768_464_000), input: "hello", label: "refund", output: "billing",
          columns: ["channel": "email"]))
    #expect(rows[1] == SourceRow(key: "2", time: nil, input: nil))
    #expect(rows[2].input == "" && rows[2].inputBytes == 0)
    #expect(rows[3].input?.unicodeScalars.count == 65_536 && rows[3].inputBytes == 1_000_000)
    #expect(rows[4].input == "\u{1}\u{1b}[31m\u{7f}")
  }

  @Test func `an increment can be gone through twice, and writing is impossible`() async throws {
    let production = try await Production.make()
    try await production.owner.execute("INSERT INTO tickets (message) SELECT 'm' FROM generate_series(1, 25)")
    let writer = try production.session("late")
    try await production.reader().withIncrement(since: nil, page: 10) { increment in
      for round in 1...2 {
        var pages: [Int] = []
        for try await page in increment {
          pages.append(page.count)
          if round == 1 { break }
        }
        try await writer.execute("INSERT INTO tickets (message) VALUES ('later')")
        #expect(pages == (round == 1 ? [10] : [10, 10, 5]))
      }
    }
    let specification = SourceSpecification(table: "tickets", key: "id", time: "at", input: "message", inserted: "inserted")
    // Even with the owner's rights, the session itself reads only.
    let configuration = try PostgresConfiguration(url: production.url, purpose: "source")
    #expect(try await SourceReader(specification, configuration).verify().contains { if case .superuser = $0 { true } else { false } })
  }

  @Test func `labels are polled by key`() async throws {
    let production = try await Production.make()
    try await production.owner.run(
      script:
        "INSERT INTO tickets (message, queue) VALUES ('a', 'billing'), ('b', NULL), ('c', 'refund'); UPDATE tickets SET queue = 'x' WHERE id = 3")
    let reader = try production.reader()
    #expect(try await reader.labels(for: ["1", "2", "3", "99"]) == ["1": "billing", "3": "x"])
    #expect(try await reader.labels(for: []).isEmpty)
    #expect(try await production.reader { $0.label = nil }.labels(for: ["1"]).isEmpty)
  }

  @Test func `keys of every type are polled`() async throws {
    let production = try await Production.make()
    for (number, type, value) in [
      (1, "uuid", "6f1c9a7e-0a52-4a6e-9a1b-2f0d1d8a7c11"), (2, "character(4)", "ab"), (3, "text", "x'; --"), (4, "numeric(10,2)", "1.50"),
    ] {
      try await production.owner.execute(
        "CREATE TABLE t\(number) (k \(type) PRIMARY KEY, at timestamptz, m text, l text, inserted timestamptz DEFAULT now())")
      try await production.owner.execute("INSERT INTO t\(number) (k, m, l) VALUES ($1::\(type), 'm', 'label')", [.text(value)])
      try await production.owner.execute("GRANT SELECT ON t\(number) TO \(production.role)")
      let reader = try production.reader {
        $0 = SourceSpecification(table: "t\(number)", key: "k", time: "at", input: "m", label: "l", inserted: "inserted")
      }
      let key = try #require(try await reader.read(since: nil).rows.first).key
      #expect(try await reader.labels(for: [key]) == [key: "label"], "\(type)")
    }
  }

  @Test func `a table that is not there is named, with a guess`() async throws {
    let production = try await Production.make()
    let reader = try production.reader { $0.table = "Ticket" }
    await #expect(throws: SourceError(faults: [.noTable(table: "Ticket", guesses: ["tickets"])])) { try await reader.verify() }
    await #expect { try await reader.read(since: nil) } throws: { "\($0)".contains("did you mean \"tickets\"?") }
    await #expect { try await production.reader { $0.table = "elsewhere.zzz" }.verify() } throws: {
      "\($0)".contains("hint: names are taken letter for letter")
    }
    await #expect { try await production.reader { $0.table = "a.b.c" }.verify() } throws: { "\($0)".contains("more than schema and table") }
    await #expect { try await production.reader { $0.table = "tickets_pkey" }.verify() } throws: { "\($0)".contains("is an index") }
  }

  @Test func `every column that is not there, or not of use, is named at once`() async throws {
    let production = try await Production.make()
    let reader = try production.reader {
      $0.label = "truth"
      $0.columns = ["region"]
      $0.time = "channel"
    }
    let columns = ["id", "at", "message", "channel", "Region", "answer", "queue", "inserted"]
    await #expect(
      throws: SourceError(faults: [
        .columnType(table: "tickets", role: "time", column: "channel", type: "text", wanted: "timestamptz, timestamp (read as UTC) or date"),
        .noColumn(table: "tickets", role: "label", column: "truth", columns: columns),
        .noColumn(table: "tickets", role: "columns", column: "region", columns: columns),
      ])
    ) { try await reader.verify() }
  }

  @Test func `a role that may not read is told what to grant`() async throws {
    let production = try await Production.make()
    try await production.owner.run(
      script: "REVOKE ALL ON tickets FROM \(production.role); CREATE SCHEMA \"Secret\"; CREATE TABLE \"Secret\".t AS SELECT * FROM tickets")
    let grant = "GRANT SELECT ON \"public\".\"tickets\" TO \"\(production.role)\""
    await #expect { try await production.reader().verify() } throws: { "\($0)".contains(grant) }
    await #expect { try await production.reader { $0.table = "Secret.t" }.verify() } throws: {
      "\($0)".contains("GRANT USAGE ON SCHEMA \"Secret\"") && "\($0)".contains("GRANT SELECT ON \"Secret\".\"t\"")
    }
    // Rights on the columns that are read are enough.
    try await production.owner.execute(
      "GRANT SELECT (id, at, message, queue, answer, inserted, channel, \"Region\") ON tickets TO \(production.role)")
    #expect(try await production.reader().verify() == [])
  }

  @Test func `what works less well is a warning`() async throws {
    let production = try await Production.make(statistics: false)
    try await production.owner.execute("GRANT UPDATE ON tickets TO \(production.role)")
    try await production.owner.execute("DROP INDEX tickets_inserted_idx")
    #expect(
      try await production.reader().verify() == [
        .noStatistics(role: production.role, lag: .seconds(3600)), .noIndex(table: "tickets", column: "inserted"),
        .canWrite(role: production.role, table: "tickets"),
      ])
    // Without statistics the lag stands in, and late commits within it are found.
    let reader = try production.reader()
    var position = try await reader.read(since: nil).position
    let late = try production.session("late")
    try await late.execute("BEGIN")
    try await late.execute("INSERT INTO tickets (message) VALUES ('late')")
    position = try await reader.read(since: position).position
    try await late.execute("COMMIT")
    let pass = try await reader.read(since: position)
    #expect(pass.rows.map(\.input) == ["late"])
    #expect(try await reader.read(since: pass.position).rows.isEmpty)
  }

  @Test func `a view is read with overlap instead of snapshots`() async throws {
    let production = try await Production.make()
    try await production.owner.run(script: "CREATE VIEW open_tickets AS SELECT * FROM tickets; GRANT SELECT ON open_tickets TO \(production.role)")
    let reader = try production.reader { $0.table = "open_tickets" }
    #expect(try await reader.verify() == [.noSnapshots(table: "open_tickets", lag: .seconds(3600))])
    try await production.owner.execute("INSERT INTO tickets (message) VALUES ('a')")
    let first = try await reader.read(since: nil)
    #expect(first.rows.count == 1 && first.position.snapshot == nil)
    // The same rows again: the caller knows them by their keys.
    #expect(try await reader.read(since: first.position).rows.map(\.key) == ["1"])
  }

  @Test func `a partitioned table is read by its leaves' transactions`() async throws {
    let production = try await Production.make()
    try await production.owner.run(
      script: """
        CREATE TABLE parted (id bigint, at timestamptz, message text, inserted timestamptz NOT NULL DEFAULT now()) PARTITION BY HASH (id);
        CREATE TABLE parted_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE parted_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE INDEX ON parted (inserted);
        GRANT SELECT ON parted TO \(production.role);
        """)
    let reader = try production.reader {
      $0 = SourceSpecification(table: "public.parted", key: "id", time: "at", input: "message", inserted: "inserted")
    }
    #expect(try await reader.verify() == [])
    try await production.owner.execute("INSERT INTO parted (id, message) SELECT i, 'm' FROM generate_series(1, 10) AS i")
    let first = try await reader.read(since: nil)
    #expect(first.rows.count == 10)
    try await production.owner.execute("INSERT INTO parted (id, message) VALUES (11, 'm'), (12, 'm')")
    #expect(Set(try await reader.read(since: first.position).rows.map(\.key)) == ["11", "12"])
  }

  @Test func `a source that was restored is read again, and says so`() async throws {
    let production = try await Production.make()
    try await production.owner.execute("INSERT INTO tickets (message) VALUES ('a')")
    let reader = try production.reader()
    let first = try await reader.read(since: nil)

    var elsewhere = first.position
    elsewhere.systemIdentifier = "1/1/1"
    let moved = try await reader.read(since: elsewhere)
    #expect(moved.rows.map(\.key) == ["1"])
    #expect(moved.restarted?.contains("another server") == true)

    var future = first.position
    future.snapshot = "99999999999:99999999999:"
    let back = try await reader.read(since: future)
    #expect(back.rows.map(\.key) == ["1"])
    #expect(back.restarted?.contains("went back") == true)

    #expect(first.restarted == nil)
    #expect(try await reader.read(since: moved.position).rows.isEmpty)
  }

  @Test func `a column that is dropped later is an error, and its return mends it`() async throws {
    let production = try await Production.make()
    let reader = try production.reader()
    let position = try await reader.read(since: nil).position
    try await production.owner.execute("ALTER TABLE tickets RENAME COLUMN channel TO kanal")
    await #expect(throws: SourceError.self) { try await reader.read(since: position) }
    try await production.owner.execute("ALTER TABLE tickets RENAME COLUMN kanal TO channel")
    try await production.owner.execute("INSERT INTO tickets (message) VALUES ('a')")
    #expect(try await reader.read(since: position).rows.count == 1)
  }

  @Test func `a locked table does not block the reader for ever`() async throws {
    let production = try await Production.make()
    let locker = try production.session("locker")
    try await locker.execute("BEGIN")
    try await locker.execute("LOCK TABLE tickets IN ACCESS EXCLUSIVE MODE")
    let reader = try production.reader()
    await #expect { try await reader.read(since: nil) } throws: {
      ($0 as? PostgresError)?.sqlstate == SQLState.lockNotAvailable && ($0 as? PostgresError)?.isTransient == true
    }
    try await locker.execute("ROLLBACK")
    _ = try await reader.read(since: nil)
  }
}

import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct ConnectionTests {
  @Test func `an error carries its SQLSTATE, the statement and the hint`() async throws {
    let connection = try await Cluster.connection()
    try await connection.execute("CREATE TABLE t (a int PRIMARY KEY CHECK (a > 0))")
    try await connection.execute("INSERT INTO t VALUES (1)")
    await #expect { try await connection.execute("INSERT INTO t VALUES ($1)", [1]) } throws: { error in
      let error = error as? PostgresError
      return error?.sqlstate == SQLState.uniqueViolation && error?.constraint == "t_pkey" && error?.query == "INSERT INTO t VALUES ($1)"
        && error?.connectionLost == false
    }
    await #expect { try await connection.query("SELECT b FROM t") } throws: { ($0 as? PostgresError)?.sqlstate == SQLState.undefinedColumn }
    #expect(try await connection.query("SELECT a FROM t")[0].int("a") == 1)
  }

  @Test func `a server that is not there is named, with a hint`() async throws {
    let connection = PostgresConnection(try PostgresConfiguration(url: "postgresql://me:hunter2@/db?host=/nonexistent", purpose: "test"))
    await #expect { try await connection.connect() } throws: { error in
      let text = "\(error)"
      return (error as? PostgresError)?.sqlstate == SQLState.cannotConnect && text.contains("/nonexistent") && text.contains("is PostgreSQL running")
        && !text.contains("hunter2")
    }
  }

  @Test(arguments: ["postgresql://me:hunter2@host/db?nonsense=1", "host=x password=hunter2 nonsense", "postgres:/hunter2"])
  func `a connection string that is none is refused without telling its password`(url: String) {
    #expect { try PostgresConfiguration(url: url, purpose: "test") } throws: { !"\($0)".contains("hunter2") && "\($0)".contains("hint:") }
  }

  @Test func `a configuration printed or dumped does not tell its password`() throws {
    let configuration = try PostgresConfiguration(url: "postgresql://me:hunter2@host/db", purpose: "test")
    var dumped = ""
    dump(configuration, to: &dumped)
    #expect(!"\(configuration) \(String(reflecting: configuration)) \(dumped)".contains("hunter2"))
  }

  @Test func `a password file that others can read is refused`() async throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("password", "secret\n")
    try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: file.path)
    let connection = PostgresConnection(try PostgresConfiguration(url: try await Cluster.database(), purpose: "test", passwordFile: file.path))
    await #expect { try await connection.connect() } throws: { "\($0)".contains("chmod 600") }
    try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    try await connection.connect()
  }

  @Test func `a session is named for its purpose and has its settings`() async throws {
    let connection = try await Cluster.connection("sampler", settings: ["default_transaction_read_only": "on"])
    #expect(try await connection.query("SHOW application_name")[0].text("application_name") == "vigil/sampler")
    await #expect { try await connection.execute("CREATE TABLE t ()") } throws: { ($0 as? PostgresError)?.sqlstate == SQLState.readOnlyTransaction }
  }

  @Test func `a connection that was killed throws once and works again`() async throws {
    let url = try await Cluster.database()
    let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "victim"))
    let killer = PostgresConnection(try PostgresConfiguration(url: url, purpose: "killer"))
    let pid = try await connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")

    // Killed while idle: the next statement does not even notice.
    try await killer.execute("SELECT pg_terminate_backend($1)", [.integer(pid)])
    try await killer.execute("SELECT pg_sleep(0.1)")
    let second = try await connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
    #expect(second != pid)

    // Killed while it works: the statement fails, and says that the connection is lost.
    let sleeping = Task { try await connection.query("SELECT pg_sleep(30)") }
    try await untilActive(second, killer)
    try await killer.execute("SELECT pg_terminate_backend($1)", [.integer(second)])
    await #expect { try await sleeping.value } throws: {
      ($0 as? PostgresError)?.connectionLost == true && ($0 as? PostgresError)?.isTransient == true
    }
    #expect(try await connection.query("SELECT 1 AS one")[0].int("one") == 1)
  }

  @Test func `a connection lost inside a transaction is not replaced before its end`() async throws {
    let url = try await Cluster.database()
    let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "victim"))
    let killer = PostgresConnection(try PostgresConfiguration(url: url, purpose: "killer"))
    try await connection.execute("CREATE TABLE t (a int)")
    await #expect {
      try await connection.withTransaction { connection in
        try await connection.execute("INSERT INTO t VALUES (1)")
        let pid = try await connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
        try await killer.execute("SELECT pg_terminate_backend($1)", [.integer(pid)])
        try await killer.execute("SELECT pg_sleep(0.1)")
        // What an unlucky caller does: it goes on. This must not reach the table.
        _ = try? await connection.execute("INSERT INTO t VALUES (2)")
        try await connection.execute("INSERT INTO t VALUES (3)")
      }
    } throws: { ($0 as? PostgresError)?.connectionLost == true }
    #expect(try await connection.query("SELECT * FROM t").isEmpty)
  }

  @Test func `a transaction that throws leaves nothing`() async throws {
    struct Refusal: Error {}
    let connection = try await Cluster.connection()
    try await connection.execute("CREATE TABLE t (a int)")
    await #expect(throws: Refusal.self) {
      try await connection.withTransaction { connection in
        try await connection.execute("INSERT INTO t VALUES (1)")
        throw Refusal()
      }
    }
    #expect(try await connection.query("SELECT * FROM t").isEmpty)
    // A statement that failed dooms its transaction, even if the caller looks away.
    await #expect(throws: PostgresError.self) {
      try await connection.withTransaction { connection in
        try await connection.execute("INSERT INTO t VALUES (1)")
        _ = try? await connection.execute("SELECT 1 / 0")
      }
    }
    #expect(try await connection.query("SELECT * FROM t").isEmpty)
    try await connection.withTransaction { try await $0.execute("INSERT INTO t VALUES (4)") }
    #expect(try await connection.query("SELECT a FROM t")[0].int("a") == 4)
  }

  @Test func `a transaction that only reads cannot write`() async throws {
    let connection = try await Cluster.connection()
    await #expect { try await connection.withTransaction(.repeatableRead, readOnly: true) { try await $0.execute("CREATE TABLE t ()") } } throws: {
      ($0 as? PostgresError)?.sqlstate == SQLState.readOnlyTransaction
    }
  }

  @Test func `cancelling the task cancels the statement on the server`() async throws {
    let url = try await Cluster.database()
    let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "slow"))
    let watcher = PostgresConnection(try PostgresConfiguration(url: url, purpose: "watcher"))
    let pid = try await connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
    let task = Task { try await connection.query("SELECT pg_sleep(60)") }
    try await untilActive(pid, watcher)
    let start = ContinuousClock.now
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(ContinuousClock.now - start < .seconds(20))
    // The same session goes on.
    #expect(try await connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid") == pid)
  }

  @Test func `cancel from outside throws 57014`() async throws {
    let url = try await Cluster.database()
    let connection = PostgresConnection(try PostgresConfiguration(url: url, purpose: "slow"))
    let watcher = PostgresConnection(try PostgresConfiguration(url: url, purpose: "watcher"))
    let pid = try await connection.query("SELECT pg_backend_pid() AS pid")[0].int("pid")
    let sleeping = Task { try await connection.query("SELECT pg_sleep(60)") }
    try await untilActive(pid, watcher)
    connection.cancel()
    await #expect { try await sleeping.value } throws: { ($0 as? PostgresError)?.sqlstate == SQLState.queryCanceled }
  }

  @Test func `COPY takes every kind of value, and all rows or none`() async throws {
    let connection = try await Cluster.connection()
    try await connection.execute("CREATE TABLE \"odd table\" (id int PRIMARY KEY, t text, b bytea, j jsonb, d float8[])")
    let rows: [[PostgresParameter]] = (0..<5000).map { id in
      [
        .integer(id), .text("tab\t nl\n cr\r bs\\ \\N \\. \(id)\0"), .bytes([0, 9, 10, 92]), .json(#"{"k":"\u0000\n"}"#),
        .doubles([Double(id), .nan]),
      ]
    }
    #expect(try await connection.copyIn("\"odd table\"", columns: ["id", "t", "b", "j", "d"], rows: rows) == 5000)
    let row = try await connection.query("SELECT * FROM \"odd table\" WHERE id = 4999")[0]
    #expect(try row.text("t") == "tab\t nl\n cr\r bs\\ \\N \\. 4999\u{FFFD}")
    #expect(try row.bytes("b") == [0, 9, 10, 92])
    let more: [[PostgresParameter]] = [[.integer(6000), nil, nil, nil, nil], [.integer(1), nil, nil, nil, nil]]
    await #expect { try await connection.copyIn("\"odd table\"", columns: ["id", "t", "b", "j", "d"], rows: more) } throws: {
      ($0 as? PostgresError)?.sqlstate == SQLState.uniqueViolation
    }
    await #expect(throws: PostgresError.self) { try await connection.copyIn("\"odd table\"", columns: ["id"], rows: [[1, 2]]) }
    #expect(try await connection.query("SELECT count(*) AS n FROM \"odd table\"")[0].int("n") == 5000)
  }

  @Test func `a stream of rows comes whole, in order, by the batch`() async throws {
    let connection = try await Cluster.connection()
    var expected = 1
    for try await row in connection.stream("SELECT i FROM generate_series(1, $1::int) AS i", [.integer(3000)], batch: 500) {
      #expect(try row.int("i") == expected)
      expected += 1
    }
    #expect(expected == 3001)
  }

  @Test func `a stream that is left early frees the connection`() async throws {
    let connection = try await Cluster.connection()
    for try await row in connection.stream("SELECT generate_series(1, 100000000) AS i", batch: 10) where try row.int("i") == 25 {
      break
    }
    #expect(try await connection.query("SELECT 1 AS one")[0].int("one") == 1)
  }

  @Test func `an error in the middle of a stream is thrown, and the connection goes on`() async throws {
    let connection = try await Cluster.connection()
    await #expect { for try await _ in connection.stream("SELECT 10 / (50 - i) FROM generate_series(1, 100) AS i", batch: 7) {} } throws: {
      ($0 as? PostgresError)?.sqlstate == "22012"
    }
    #expect(try await connection.query("SELECT 1 AS one")[0].int("one") == 1)
  }

  @Test func `a listener hears, and listens again after its connection was killed`() async throws {
    let url = try await Cluster.database()
    let sender = PostgresConnection(try PostgresConfiguration(url: url, purpose: "sender"))
    var events = PostgresListener(try PostgresConfiguration(url: url, purpose: "listener"), channels: ["Some Channel"]).makeAsyncIterator()
    #expect(try await events.next() == .listening)
    try await sender.execute("SELECT pg_notify('Some Channel', 'one')")
    guard case .notification(let first)? = try await events.next() else { Issue.record("no notification"); return }
    #expect(first.payload == "one" && first.channel == "Some Channel")
    try await sender.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vigil/listener'")
    #expect(try await events.next() == .listening)
    try await sender.execute("SELECT pg_notify('Some Channel', 'two')")
    guard case .notification(let second)? = try await events.next() else { Issue.record("no notification"); return }
    #expect(second.payload == "two")
  }
}

/// Waits until the server process is busy with a statement of ours.
func untilActive(_ pid: Int, _ watcher: PostgresConnection) async throws {
  for _ in 0..<400 {
    let rows = try await watcher.query(
      "SELECT FROM pg_stat_activity WHERE pid = $1 AND state = 'active' AND query LIKE '%pg_sleep%'", [.integer(pid)])
    if !rows.isEmpty { return }
    try await Task.sleep(for: .milliseconds(10))
  }
  Issue.record("the statement did not start")
}

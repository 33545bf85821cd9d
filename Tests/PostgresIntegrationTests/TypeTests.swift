import Foundation
import Postgres
import TestSupport
import Testing

@Suite struct TypeTests {
  @Test func `every type comes back as it went`() async throws {
    let connection = try await Cluster.connection()
    let time = Date(timeIntervalSinceReferenceDate: 790_000_000.123456)
    let id = UUID()
    let row = try #require(
      try await connection.query(
        """
        SELECT $1::text AS a, $2::bigint AS b, $3::float8 AS c, $4::boolean AS d, $5::timestamptz AS e, $6::uuid AS f, $7::bytea AS g, $8::jsonb AS h,
          $9::text[] AS i, $10::float8[] AS j, $11::bigint[] AS k, $12::text AS l
        """,
        [
          "grüße 🛎", .integer(.min), .double(0.1 + 0.2), true, .time(time), .uuid(id), .bytes([0, 1, 254, 255, 0]), .json(#"{"a": [1, null]}"#),
          .texts(["a", "b,c", "", "NULL", #"q"\{}"#, "line\nfeed"]), .doubles([1.5, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude]),
          .integers([1, -2]), nil,
        ]
      ).first)
    #expect(try row.text("a") == "grüße 🛎")
    #expect(try row.int("b") == .min)
    #expect(try row.double("c") == 0.1 + 0.2)
    #expect(try row.bool("d"))
    #expect(abs(try row.time("e").timeIntervalSince(time)) < 1e-6)
    #expect(try row.uuid("f") == id)
    #expect(try row.bytes("g") == [0, 1, 254, 255, 0])
    #expect(try row.text("h") == #"{"a": [1, null]}"#)
    #expect(try row.texts("i") == ["a", "b,c", "", "NULL", #"q"\{}"#, "line\nfeed"])
    #expect(try row.doubles("j") == [1.5, .infinity, .leastNonzeroMagnitude, .greatestFiniteMagnitude])
    #expect(try row.ints("k") == [1, -2])
    #expect(try row.optionalText("l") == nil)
  }

  @Test func `NaN is a number to PostgreSQL`() async throws {
    let row = try await Cluster.connection().query("SELECT $1::float8 AS x, $2::float8[] AS y", [.double(.nan), .doubles([.nan])])[0]
    #expect(try row.double("x").isNaN)
    #expect(try row.doubles("y")[0].isNaN)
  }

  @Test(arguments: [
    ("2026-01-15 08:00:00.5+00", 790_156_800.5), ("2026-01-15 08:00:00+05:30", 790_137_000), ("2001-01-01", 0),
    ("1999-12-31 23:59:59.000001+00", -31_622_400.999999),
    ("0001-01-01 00:00:00+00", -63_113_904_000), ("2000-02-29", -26_524_800),
  ])
  func `times are read to the microsecond`(text: String, seconds: Double) async throws {
    let row = try await Cluster.connection().query("SELECT $1::timestamptz AS t", [.text(text)])[0]
    #expect(abs(try row.time("t").timeIntervalSinceReferenceDate - seconds) < 2e-6)
  }

  @Test func `times go and come through the server unchanged`() async throws {
    let connection = try await Cluster.connection()
    let times = [-70_000_000_000.5, -63_113_904_000, -31_622_401.999999, 0, 0.000001, 790_000_000.999999, 9_000_000_000].map(
      Date.init(timeIntervalSinceReferenceDate:))
    for time in times {
      // The server does the counting too: seconds since its own epoch.
      let row = try await connection.query("SELECT $1::timestamptz AS t, extract(epoch FROM $1::timestamptz)::float8 AS s", [.time(time)])[0]
      #expect(abs(try row.time("t").timeIntervalSince(time)) < 1e-4)
      #expect(abs(try row.double("s") - time.timeIntervalSince1970) < 1e-4)
    }
    let row = try await connection.query(
      "SELECT $1::timestamptz = 'infinity' AS is_infinite", [.time(Date(timeIntervalSinceReferenceDate: .infinity))])[0]
    #expect(try row.bool("is_infinite"))
  }

  @Test func `NUL in text is repaired and counted, in JSON too`() async throws {
    let connection = try await Cluster.connection()
    let before = TextRepair.counts.nulCharacters
    let row = try await connection.query(
      "SELECT $1::text AS a, $2::jsonb->>'x' AS b, $3::jsonb->>'x' AS c, ($4::text[])[1] AS d, $5::jsonb[] AS e",
      ["a\0b", .json(#"{"x": "a\u0000b"}"#), .json(#"{"x": "a\\u0000b"}"#), .texts(["\0"]), .jsons([#"{"x": "\u0000"}"#])])[0]
    #expect(try row.text("a") == "a\u{FFFD}b")
    #expect(try row.text("b") == "a\u{FFFD}b")
    #expect(try row.text("c") == #"a\u0000b"#)
    #expect(try row.text("d") == "\u{FFFD}")
    #expect(TextRepair.counts.nulCharacters >= before + 4)
  }

  @Test func `bytes that are no UTF-8 are repaired and counted`() async throws {
    let cluster = try await Cluster.shared()
    let admin = try cluster.connection()
    try await admin.execute("CREATE DATABASE ascii_world ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    let connection = try cluster.connection(database: "ascii_world")
    let before = TextRepair.counts.invalidUTF8
    let row = try await connection.query(#"SELECT E'caf\xe9 ol\xc3\xa9'::text AS x"#)[0]
    #expect(try row.text("x") == "caf\u{FFFD} olé")
    #expect(TextRepair.counts.invalidUTF8 > before)
  }

  @Test func `a value of another type names column, type and statement`() async throws {
    let row = try await Cluster.connection().query("SELECT 'seven'::text AS n, NULL::int AS m")[0]
    #expect(
      throws: PostgresDecodingError(column: "n", expected: "Int", found: "text", value: "seven", query: "SELECT 'seven'::text AS n, NULL::int AS m")
    ) {
      try row.int("n")
    }
    #expect { try row.int("m") } throws: { "\($0)".contains("found NULL") }
    #expect { try row.int("x") } throws: { "\($0)".contains("no such column among n, m") }
  }

  @Test(arguments: [
    ("tickets", #""tickets""#), ("public.Tickets", #""public"."Tickets""#), (#""odd.name".t"#, #""odd.name"."t""#), (#"a"" ; drop"#, nil),
    (#""a""b""#, #""a""b""#), ("", nil), ("a..b", nil), ("x\0", nil), (String(repeating: "n", count: 64), nil),
  ])
  func `names are quoted or refused`(name: String, quoted: String?) throws {
    #expect((try? Identifier.quoted(name)) == quoted)
  }

  @Test func `a name full of SQL stays a name`() async throws {
    let connection = try await Cluster.connection()
    let name = #""x""; DROP TABLE t; --""#
    try await connection.execute("CREATE TABLE \(try Identifier.quoted(name)) (a int)")
    #expect(try await connection.query("SELECT count(*) AS n FROM \(try Identifier.quoted(name))")[0].int("n") == 0)
  }
}

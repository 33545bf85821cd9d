import Documents
import Testing

struct PeriodTests {
  @Test(arguments: [
    ("30s", 30), ("30m", 1_800), ("12h", 43_200), ("2d", 172_800), ("1w", 604_800), ("1d12h", 129_600), ("1h30m15s", 5_415), ("0", 0),
  ])
  func `reads numbers with units`(text: String, seconds: Int) throws {
    #expect(try Period(parsing: text).seconds == seconds)
  }

  @Test(arguments: ["", "30", "h", "1h2d", "1h1h", "5x", "-1h", "1.5h", "99999999999999999999h", "9999999999999999w", "1 h", "１h", "6000d"])
  func `refuses what is no duration`(text: String) {
    #expect(throws: MalformedDuration.self) { try Period(parsing: text) }
  }

  @Test(arguments: [("90m", "1h30m"), ("48h", "2d"), ("1w", "7d"), ("0s", "0s"), ("61s", "1m1s")])
  func `writes itself with the largest units first`(text: String, written: String) throws {
    #expect(try Period(parsing: text).description == written)
  }

  @Test func `says which units there are`() throws {
    let error = #expect(throws: MalformedDuration.self) { try Period(parsing: "12") }
    #expect(error?.message == "duration \"12\" has no unit after 12")
    #expect(error?.hint == "write 12s, 12m, 12h or 12d")
  }
}

import Evaluation
import Testing

@Suite struct RedactionTests {
  @Test(arguments: [
    ("write to jane.doe+x@mail.example.org, please", "write to [email], please"),
    ("card 4111 1111 1111 1111 was charged", "card [card] was charged"),
    ("my number is +44 20 7946 0958.", "my number is [phone]."),
    ("call 030 1234 5678 after six", "call [phone] after six"),
    ("pay to DE89 3704 0044 0532 0130 00 today", "pay to [account] today"),
    ("order AB-12345 of 2026-01-15 cost 149.99", "order AB-12345 of 2026-01-15 cost 149.99"),
    ("serial 123456789", "serial 123456789"),
    ("a@b and @home and 12:30", "a@b and @home and 12:30"),
    ("", ""),
  ])
  func `takes out what points at a person and leaves the rest`(text: String, redacted: String) {
    #expect(Redaction.redact(text) == redacted)
  }

  @Test func `is done after one time`() {
    let once = Redaction.redact("a@b.cc +49 170 1234567 4111111111111111")
    #expect(once == "[email] [phone] [card]")
    #expect(Redaction.redact(once) == once)
  }

  @Test func `a hundred thousand digits and at signs end quickly`() {
    let hostile = String(repeating: "1 ", count: 50_000) + String(repeating: "a@", count: 50_000)
    #expect(!Redaction.redact(hostile).isEmpty)
  }
}

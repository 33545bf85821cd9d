import Records
import Testing

@Suite struct SliceTests {
  @Test func `is written as Prometheus writes label sets, sorted by name`() {
    #expect(Slice(["region": "north", "channel": "email"]).text == #"{channel="email", region="north"}"#)
    #expect(Slice.all.text == "{}")
  }

  @Test func `quotes and line breaks in values are escaped`() {
    #expect(Slice(["a": "x\"y\nz\\"]).text == #"{a="x\"y\nz\\"}"#)
  }
}

import Foundation
import Testing

@testable import Files

struct StrictJSONTests {
  @Test func `keeps order, number text and exact keys`() throws {
    let text = #"{"z":1,"a":[1.0,-0,1e5,12345678901234567890,true,false,null],"e\u0301":{"é":"\ud83d\ude42\n\/"}}"#
    let value = try StrictJSON.parse(text)
    #expect(value.objectValue?.keys == ["z", "a", "e\u{301}"])
    let numbers = value["a"]?.arrayValue ?? []
    #expect(numbers.prefix(4).map { if case .number(let number) = $0 { number.text } else { "" } } == ["1.0", "-0", "1e5", "12345678901234567890"])
    #expect(numbers[0].intValue == nil)
    #expect(numbers[0].doubleValue == 1)
    #expect(numbers[3].intValue == nil)
    #expect(value["e\u{301}"]?["\u{E9}"]?.stringValue == "🙂\n/")
    #expect(value["\u{E9}"] == nil, "the composed key is another key")
    #expect(try StrictJSON.parse("1e400").doubleValue == nil)
  }

  @Test func `writes what it read`() throws {
    let text = #"{"b":[1.50,{"x":"\"\\\u0001 é🙂"}],"a":{},"c":[]}"#
    #expect(try StrictJSON.parse(text).text() == text)
    let pretty = try StrictJSON.parse(#"{"a":[1,2],"b":{},"c":{"d":null}}"#).text(indent: 2)
    #expect(pretty == "{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {},\n  \"c\": {\n    \"d\": null\n  }\n}")
  }

  static let bad: [(text: String, line: Int, column: Int, wanted: String)] = [
    ("", 1, 1, "cut short"), ("{", 1, 2, "cut short"), ("[1,", 1, 4, "cut short"), ("{\"a\"", 1, 5, "colon"), ("{\"a\":1", 1, 7, "cut short"),
    ("[1 2]", 1, 4, "comma"), ("{\"a\":1,}", 1, 8, "key"), ("[1,]", 1, 4, "value"), ("{a:1}", 1, 2, "key"), ("tru", 1, 1, "true"),
    ("[\n1,\n  x]", 3, 3, "value"), ("01", 1, 1, "begin with 0"), ("1.", 1, 3, "digit"), ("-", 1, 1, "number"), ("1e", 1, 3, "exponent"),
    ("+1", 1, 1, "value"), ("NaN", 1, 1, "value"), ("\"a", 1, 3, "cut short"), ("\"\t\"", 1, 2, "control character"), ("\"\\x\"", 1, 2, "escape"),
    ("\"\\u12\"", 1, 6, "hexadecimal"), ("\"\\ud800\"", 1, 2, "surrogate"), ("\"\\ud800\\u0041\"", 1, 2, "surrogate"),
    ("\"\\udc00\"", 1, 2, "surrogate"),
    ("1 1", 1, 3, "should end"), ("{}\0", 1, 3, "control character 0x0"), ("{\"a\":1,\"a\":2}", 1, 12, "twice"), ("\u{FEFF}{}x", 1, 6, "should end"),
    ("'a'", 1, 1, "value"), ("[1] // no", 1, 5, "should end"),
  ]

  @Test(arguments: bad.indices)
  func `what is not JSON is refused with its place`(index: Int) throws {
    let (text, line, column, wanted) = Self.bad[index]
    let fault = #expect(throws: JSONFault.self) { try StrictJSON.parse(text, file: "f.json") }
    #expect(fault?.line == line && fault?.column == column, "\(text): \(fault.map(\.description) ?? "")")
    #expect(fault?.problem.contains(wanted) == true, "\(fault?.problem ?? "")")
    #expect(fault?.description.hasPrefix("f.json:\(line):\(column): ") == true)
  }

  @Test func `bytes that are not UTF-8 are refused with their offset`() throws {
    let cases: [(bytes: [UInt8], offset: Int)] = [
      ([0x22, 0xFF, 0x22], 1), ([0x22, 0xC3], 1), ([0x22, 0xC0, 0x80, 0x22], 1), ([0x22, 0xED, 0xA0, 0x80, 0x22], 1),
      ([0x22, 0x61, 0xF4, 0x90, 0x80, 0x80, 0x22], 2),
      ([0x22, 0xE2, 0x82, 0x22], 1), ([0x22, 0xF0, 0x9F, 0x99, 0x22], 1), ([0x22, 0x80, 0x22], 1), ([0xFE, 0xFF], 0),
    ]
    for (bytes, offset) in cases {
      let fault = #expect(throws: JSONFault.self) { try StrictJSON.parse(bytes, file: "f") }
      #expect(fault?.offset == offset, "\(bytes)")
      #expect(fault?.problem.contains("UTF-8") == true)
    }
  }

  @Test func `UTF-8 is judged as the standard library judges it`() {
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<20_000 {
      let bytes = (0..<Int.random(in: 0...6, using: &generator)).map { _ -> UInt8 in
        switch Int.random(in: 0...2, using: &generator) {
        case 0: UInt8.random(in: 0...255, using: &generator)
        case 1: UInt8.random(in: 0x80...0xBF, using: &generator)
        default: [0xE0, 0xED, 0xF0, 0xF4, 0xC2][Int.random(in: 0..<5, using: &generator)]
        }
      }
      #expect((UTF8Check.firstInvalid(in: bytes) == nil) == (String(validating: bytes, as: UTF8.self) != nil), "\(bytes)")
    }
  }

  @Test func `nesting is bounded`() throws {
    let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    _ = try StrictJSON.parse(deep)
    #expect(throws: JSONFault.self) { try StrictJSON.parse("[\(deep)]") }
    #expect(throws: JSONFault.self) { try StrictJSON.parse(String(repeating: "[", count: 1_000_000)) }
    #expect(throws: JSONFault.self) { try StrictJSON.parse(String(repeating: "{\"a\":", count: 1_000_000)) }
  }

  @Test func `objects with many keys find theirs and know a second one`() throws {
    let members = (0..<1000).map { "\"k\($0)\":\($0)" }
    let value = try StrictJSON.parse("{\(members.joined(separator: ","))}")
    for i in 0..<1000 { #expect(value["k\(i)"]?.intValue == i) }
    #expect(value["k1000"] == nil)
    #expect(throws: JSONFault.self) { try StrictJSON.parse("{\((members + ["\"k500\":0"]).joined(separator: ","))}") }
    var object = try #require(value.objectValue)
    object["k3"] = nil
    #expect(object["k3"] == nil && object["k4"]?.intValue == 4 && object.count == 999)
  }

  @Test func `every prefix of a file is a fault and none a crash`() throws {
    let bytes = Array(#"{"a":[1.5e-3,"x\u00e9\ud83d\ude42é",{"b":null,"c":[true,false]}],"d":{}}"#.utf8)
    _ = try StrictJSON.parse(bytes, file: "f")
    for count in 0..<bytes.count { #expect(throws: JSONFault.self) { try StrictJSON.parse(Array(bytes[..<count]), file: "f") } }
  }

  @Test func `agrees with Foundation on what is well formed`() throws {
    var generator = SystemRandomNumberGenerator()
    let alphabet = Array("{}[]\",:0123.eE+-truefalsn \\u\n".utf8)
    for _ in 0..<3000 {
      let bytes = (0..<Int.random(in: 1...8, using: &generator)).map { _ in alphabet.randomElement(using: &generator) ?? 0x20 }
      if (try? StrictJSON.parse(bytes, file: "f")) != nil {
        #expect(
          (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) != nil, "\(String(decoding: bytes, as: UTF8.self))")
      }
    }
  }
}

import Documents

/// One sample of a series in a rule test.
enum SeriesItem: Sendable, Hashable {
  case number(Double)
  /// `_`: nothing was measured.
  case missing
  /// `insufficient`, `changed`, `unchanged`, `error`.
  case word(String)
}

/// promtool's notation for series of samples (prometheus/prometheus, docs/configuration/unit_testing_rules.md), with words besides numbers.
///
/// - `0.9` is one sample; `0.9x4` is 0.9 and four more of it; `0.9-0.1x3` is 0.9 and three steps of -0.1: 0.9 0.8 0.7 0.6.
/// - `_` is a missing sample; `_x3` is three of them (promtool counts so: three, not four).
/// - `changed`, `unchanged`, `insufficient` and `error` are samples in words; `changedx2` is one and two more.
enum SeriesNotation {
  /// Longer series are a slip of the pen.
  static let samplesMax = 10_000
  static let words = ["changed", "unchanged", "insufficient", "error"]

  static func parse(_ text: String) throws(MalformedSeries) -> [SeriesItem] {
    var items: [SeriesItem] = []
    let scalars = Array(text.unicodeScalars)
    var index = 0
    while index < scalars.count {
      if scalars[index].properties.isWhitespace {
        index += 1
        continue
      }
      let start = index
      while index < scalars.count, !scalars[index].properties.isWhitespace { index += 1 }
      var view = String.UnicodeScalarView()
      view.append(contentsOf: scalars[start..<index])
      items += try samples(String(view), offset: start, room: samplesMax - items.count)
    }
    return items
  }

  private static func samples(_ item: String, offset: Int, room: Int) throws(MalformedSeries) -> [SeriesItem] {
    let (head, more) = try repetition(item, offset: offset)
    let count = head == "_" ? (more ?? 1) : (more ?? 0) + 1
    guard count <= room else { throw MalformedSeries(message: "the series has more than \(samplesMax) samples", offset: offset) }
    if head == "_" { return Array(repeating: .missing, count: count) }
    if words.contains(head) { return Array(repeating: .word(head), count: count) }
    if let number = finite(head) { return Array(repeating: .number(number), count: count) }
    guard more != nil, let split = stepStart(in: head), let first = finite(String(head[..<split])), let step = finite(String(head[split...])) else {
      throw MalformedSeries(
        message: "cannot read \"\(item)\" as a sample",
        hint: Guess.nearest(to: head, among: words).map { "did you mean \"\($0)\"?" }
          ?? "samples are 0.9, 0.9x4, 0.9-0.1x3, _, _x3, insufficient, error",
        offset: offset)
    }
    return (0..<count).map { .number(first + Double($0) * step) }
  }

  /// `0.9x4` as `0.9` and 4; without `x` there is no count.
  private static func repetition(_ item: String, offset: Int) throws(MalformedSeries) -> (head: String, more: Int?) {
    guard let cross = item.lastIndex(of: "x") else { return (item, nil) }
    let digits = item[item.index(after: cross)...]
    guard !digits.isEmpty, digits.utf8.allSatisfy({ (48...57).contains($0) }) else { return (item, nil) }
    guard let more = Int(digits), more <= samplesMax else {
      throw MalformedSeries(message: "the series has more than \(samplesMax) samples", offset: offset)
    }
    return (String(item[..<cross]), more)
  }

  /// Where the step of `a+b` or `a-b` starts: at the last sign that is neither the first character nor part of an exponent.
  private static func stepStart(in text: String) -> String.Index? {
    text.indices.dropFirst().last { index in
      let before = text[text.index(before: index)]
      return (text[index] == "+" || text[index] == "-") && before != "e" && before != "E" && before != "+" && before != "-"
    }
  }

  private static func finite(_ text: String) -> Double? {
    guard let number = Double(text), number.isFinite else { return nil }
    return number
  }
}

struct MalformedSeries: Error, Hashable {
  var message: String
  var hint: String?
  /// In Unicode scalars from the start of the text.
  var offset: Int
}

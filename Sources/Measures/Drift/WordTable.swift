import Statistics

/// Messages as counts of vocabulary words, with the sums that the word-drift test needs.
///
/// The vocabulary is made from reference and window together, blind to which is which: the `wordsMax` words found in most messages, of those expected in
/// at least five messages of the smaller side. All other words share one last place, "(other)": a place that is hardly ever taken has no usable
/// distribution.
struct WordTable {
  static let wordsMax = 500
  static let expectedMessagesMin = 5.0

  /// The words in place order; the last is "(other)".
  let vocabulary: [Text]
  /// Each message's places and counts; the reference's messages come first.
  let messages: [[(place: Int, count: Double)]]
  /// Words of each message.
  let lengths: [Double]
  let referenceCount: Int

  var currentCount: Int { messages.count - referenceCount }
  var places: Int { vocabulary.count }

  init(reference: [String], current: [String]) {
    var numbers: [Text: Int] = [:]
    var words: [Text] = []
    var found: [Int] = []
    let coded = (reference + current).map { text in
      var counts: [Int: Double] = [:]
      for word in Words.of(text) {
        let number: Int
        if let known = numbers[word] {
          number = known
        } else {
          number = words.count
          numbers[word] = number
          words.append(word)
          found.append(0)
        }
        counts[number, default: 0] += 1
      }
      for number in counts.keys { found[number] += 1 }
      return counts
    }
    let share = Double(min(reference.count, current.count)) / Double(max(1, reference.count + current.count))
    let chosen = words.indices.filter { Double(found[$0]) * share >= WordTable.expectedMessagesMin }
      .sorted { found[$0] == found[$1] ? words[$0] < words[$1] : found[$0] > found[$1] }.prefix(WordTable.wordsMax)
    var place = [Int](repeating: chosen.count, count: words.count)
    for (position, number) in chosen.enumerated() { place[number] = position }
    vocabulary = chosen.map { words[$0] } + [.other]
    let last = chosen.count
    messages = coded.map { counts in
      var other = 0.0
      var row: [(place: Int, count: Double)] = []
      for (number, count) in counts {
        if place[number] == last { other += count } else { row.append((place[number], count)) }
      }
      row.sort { $0.place < $1.place }
      if other > 0 { row.append((last, other)) }
      return row
    }
    lengths = messages.map { $0.reduce(0) { $0 + $1.count } }
    referenceCount = reference.count
  }

  /// Counts a place over some messages, and their words in all.
  func counts(_ rows: some Sequence<Int>) -> (counts: [Double], words: Double) {
    var counts = [Double](repeating: 0, count: places)
    var words = 0.0
    for row in rows {
      for (place, count) in messages[row] { counts[place] += count }
      words += lengths[row]
    }
    return (counts, words)
  }

  /// The covariance over messages of z_w = (c_w − s_w L) / (L̄ √s_w), (places, places): how a message's words stray from the pooled shares s. Words come in
  /// bunches, so this is not the multinomial's.
  func covariance(total: [Double], words: Double) -> [Float] {
    let rows = Double(messages.count)
    let meanLength = words / rows
    var products = [Double](repeating: 0, count: places * places)
    var withLength = [Double](repeating: 0, count: places)
    var lengthSquares = 0.0
    for (row, length) in zip(messages, lengths) {
      lengthSquares += length * length
      for (a, x) in row {
        withLength[a] += x * length
        for (b, y) in row { products[a * places + b] += x * y }
      }
    }
    var covariance = [Float](repeating: 0, count: places * places)
    let share = total.map { $0 / words }
    for a in 0..<places where share[a] > 0 {
      for b in 0..<places where share[b] > 0 {
        let value = products[a * places + b] - share[a] * withLength[b] - share[b] * withLength[a] + share[a] * share[b] * lengthSquares
        covariance[a * places + b] = Float(value / (meanLength * meanLength * (share[a] * share[b]).squareRoot() * (rows - 1)))
      }
    }
    return covariance
  }
}

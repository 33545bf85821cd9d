/// Runs a `RegexProgram` over a text by backtracking.
///
/// Every step counts; after `10^7 + 1000 n` steps for a text of n characters nothing matches any more. Oniguruma gives up in the same way. A matcher that remembers
/// does not: it tries no place of the program twice at one place of the text (as re2/bitstate.cc does), so that its time has a bound and its answer is always right.
struct RegexMatcher {
  private let text: [Unicode.Scalar]
  private let range: Range<Int>
  private var stepsLeft: Int
  private var stack: [Frame] = []
  private let remembers: Bool
  /// What looking around said at each place, if it remembers.
  private var seen: [Look: Bool] = [:]

  /// Where to go on if what is being tried fails.
  private struct Frame {
    var step: Int
    var place: Int
    /// For a run of characters: how far its end can still move, towards `limit`.
    var limit: Int
    var set: Int
  }

  private struct Look: Hashable {
    var program: Int
    var place: Int
  }

  private static let maximumStack = 1 << 20

  /// - remembers: for short texts; takes a byte for every step of the program at every place of the text.
  init(_ text: [Unicode.Scalar], _ range: Range<Int>, remembers: Bool = false) {
    self.text = text
    self.range = range
    self.remembers = remembers
    stepsLeft = remembers ? .max : 10_000_000 + 1000 * range.count
  }

  /// The leftmost match that begins at `start` or later.
  mutating func search(_ program: RegexProgram, from start: Int) -> Range<Int>? {
    var place = start
    while place <= range.upperBound {
      if let end = match(program, at: place) { return place..<end }
      if stepsLeft <= 0 { return nil }
      place += 1
    }
    return nil
  }

  /// The end of the match that begins at `start`.
  mutating func match(_ program: RegexProgram, at start: Int, endingAt wantedEnd: Int? = nil) -> Int? {
    let base = stack.count
    defer { stack.removeSubrange(base...) }
    let width = range.count + 1
    var tried = remembers ? [Bool](repeating: false, count: program.steps.count * width) : []
    var step = 0
    var place = start
    while true {
      stepsLeft -= 1
      if stepsLeft <= 0 || (stack.count > Self.maximumStack && !remembers) {
        stepsLeft = 0
        return nil
      }
      if remembers {
        let cell = step * width + place - range.lowerBound
        if tried[cell] {
          guard goBack(program, base, &step, &place) else { return nil }
          continue
        }
        tried[cell] = true
      }
      var succeeds: Bool
      switch program.steps[step] {
      case .match:
        if wantedEnd == nil || wantedEnd == place { return place }
        succeeds = false
      case .set(let set):
        succeeds = place < range.upperBound && program.sets[set].contains(text[place])
        if succeeds { (step, place) = (step + 1, place + 1) }
      case .run(let set, let lower, let upper, let greed):
        succeeds = run(program.sets[set], set, lower, upper, greed, &step, &place)
      case .fork(let first, let second):
        stack.append(Frame(step: second, place: place, limit: place, set: -1))
        (step, succeeds) = (first, true)
      case .jump(let target): (step, succeeds) = (target, true)
      case .assertion(let assertion):
        succeeds = holds(assertion, at: place)
        step += 1
      case .look(let body, let lengths, let isNegative):
        succeeds = look(program.bodies[body], lengths, at: place) != isNegative
        step += 1
      case .atomic(let body):
        let end = match(program.bodies[body], at: place)
        succeeds = end != nil
        (step, place) = (step + 1, end ?? place)
      }
      if !succeeds, !goBack(program, base, &step, &place) { return nil }
    }
  }

  /// Takes a run of characters and leaves a frame for the other lengths it may have.
  private mutating func run(
    _ set: IndexedSet, _ number: Int, _ lower: Int, _ upper: Int, _ greed: RegexGreed, _ step: inout Int, _ place: inout Int
  ) -> Bool {
    let room = range.upperBound - place
    let most = min(upper, room)
    let wanted = greed == .lazy ? lower : most
    var count = 0
    while count < wanted, count < room, set.contains(text[place + count]) { count += 1 }
    stepsLeft -= count >> 3
    guard count >= lower else { return false }
    step += 1
    if greed == .greedy, count > lower { stack.append(Frame(step: step, place: place + count - 1, limit: place + lower, set: -1)) }
    if greed == .lazy, most > lower { stack.append(Frame(step: step, place: place + count, limit: place + most, set: number)) }
    place += count
    return true
  }

  /// Takes up the last thing that was left to try; false if there is none.
  private mutating func goBack(_ program: RegexProgram, _ base: Int, _ step: inout Int, _ place: inout Int) -> Bool {
    while stack.count > base {
      let last = stack.count - 1
      let frame = stack[last]
      if frame.set >= 0 {
        // A lazy run takes one more.
        guard frame.place < frame.limit, program.sets[frame.set].contains(text[frame.place]) else {
          stack.removeLast()
          continue
        }
        stack[last].place += 1
        (step, place) = (frame.step, frame.place + 1)
        return true
      }
      (step, place) = (frame.step, frame.place)
      if frame.place > frame.limit { stack[last].place -= 1 } else { stack.removeLast() }
      return true
    }
    return false
  }

  private mutating func look(_ body: RegexProgram, _ lengths: ClosedRange<Int>?, at place: Int) -> Bool {
    guard let lengths else {
      guard remembers else { return match(body, at: place) != nil }
      let look = Look(program: body.number, place: place)
      if let known = seen[look] { return known }
      let isThere = match(body, at: place) != nil
      seen[look] = isThere
      return isThere
    }
    for length in lengths where place - length >= range.lowerBound {
      if match(body, at: place - length, endingAt: place) != nil { return true }
    }
    return false
  }

  private func holds(_ assertion: RegexAssertion, at place: Int) -> Bool {
    let isStart = place == range.lowerBound
    let isEnd = place == range.upperBound
    switch assertion {
    case .textStart: return isStart
    case .textEnd: return isEnd
    case .textEndOrLastLineFeed: return isEnd || (place == range.upperBound - 1 && text[place] == "\n")
    case .lineStart: return isStart || (!isEnd && text[place - 1] == "\n")
    case .lineEnd: return isEnd || text[place] == "\n"
    case .wordBoundary(let word): return isBoundary(place, word)
    case .noWordBoundary(let word): return !isBoundary(place, word)
    }
  }

  private func isBoundary(_ place: Int, _ word: ScalarSet) -> Bool {
    let before = place > range.lowerBound && word.contains(text[place - 1])
    let after = place < range.upperBound && word.contains(text[place])
    return before != after
  }
}

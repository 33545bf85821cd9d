package import Foundation

/// A message on its way through the company.
package struct Ticket: Sendable, Hashable {
  /// Counts from 1 in the order of `time`, without gaps.
  package var id: Int64
  /// When the customer wrote.
  package var time: Date
  package var message: Message
  /// Seconds between `time` and the commit of the row: 0 for most, minutes to hours for a few, which so come late and out of order.
  package var commitDelay: TimeInterval
  /// Seconds between `time` and the arrival of the label; nil for those that nobody ever labels. Longer than `commitDelay`.
  package var labelDelay: TimeInterval?
  /// What the labelling tool writes: the true queue, unless the tool is broken at that time; nil if it never does.
  package var label: Queue?

  package var commitTime: Date { time + commitDelay }
  package var labelTime: Date? { labelDelay.map { time + $0 } }
  package var labelIsWrong: Bool { label != nil && label != message.queue }
}

/// Forty days at the help desk. A world is a function of its seed: the seed changes every message, time and made-up word, never the shape.
package struct World: Sendable {
  package let seed: UInt64
  package let newProduct: NewProduct

  package static let days = 40
  /// Midnight UTC at the start of day 1: 2026-01-01.
  package static let start = Date(timeIntervalSince1970: 1_767_225_600)

  private let writer: MessageWriter
  /// Tickets before each day: element d is the number on days 1...d.
  private let ticketsBefore: [Int]

  package init(seed: UInt64) {
    self.seed = seed
    newProduct = NewProduct(seed: seed)
    writer = MessageWriter(seed: seed, domain: "traffic")
    var total = 0
    ticketsBefore =
      [0]
      + (1...World.days).map { day in
        total += World.volume(on: day, seed: seed)
        return total
      }
  }

  // MARK: - The plan

  /// Midnight UTC at the start of a day; `day` counts from 1.
  package static func start(ofDay day: Int) -> Date { start + TimeInterval(day - 1) * secondsADay }

  /// The days on which twice as many people write.
  package static let doubledDays = 12...14
  package static let newProductDay = 15
  package static let regionalDay = 22
  /// Labels that arrive in this stretch are wrong.
  package static let wrongLabels = start(ofDay: 30)..<(start(ofDay: 31) + secondsADay / 2)

  package static func mix(on day: Int, newProduct: NewProduct) -> MessageMix {
    MessageMix(
      regionalShare: day < regionalDay ? 0.03 : 0.45, newProduct: day < newProductDay ? nil : newProduct,
      newProductShare: day < newProductDay ? 0 : 1.0 / 3)
  }

  private static func volume(on day: Int, seed: UInt64) -> Int {
    var random = SplitMix64(seed: seed, domain: "volume", index: day)
    let usual = 300 + 9 * max(-2.5, min(2.5, random.normal()))
    return Int((doubledDays.contains(day) ? 2 * usual : usual).rounded())
  }

  // MARK: - Tickets

  package var ticketCount: Int { ticketsBefore[World.days] }

  /// The tickets of one day in the order of their times; empty outside of 1...40.
  package func tickets(on day: Int) -> [Ticket] {
    guard (1...World.days).contains(day) else { return [] }
    let first = ticketsBefore[day - 1]
    let count = ticketsBefore[day] - first
    var random = SplitMix64(seed: seed, domain: "times", index: day)
    let times = (0..<count).map { _ in World.start(ofDay: day) + World.secondOfDay(&random) }.sorted()
    let mix = World.mix(on: day, newProduct: newProduct)
    return times.enumerated().map { place, time in
      let number = first + place + 1
      return World.ticket(id: Int64(number), time: time, message: writer.message(number, mix: mix), seed: seed)
    }
  }

  /// All forty days.
  package func tickets() -> [Ticket] { (1...World.days).flatMap(tickets(on:)) }

  private static func ticket(id: Int64, time: Date, message: Message, seed: UInt64) -> Ticket {
    var random = SplitMix64(seed: seed, domain: "delays", index: Int(id))
    let commitDelay: TimeInterval = random.chance(lateCommitShare) ? lateCommit(&random) : 0
    var ticket = Ticket(id: id, time: time, message: message, commitDelay: commitDelay)
    guard !random.chance(neverLabelledShare) else { return ticket }
    // A row cannot be labelled before it is there.
    let delay = max(labelDelay(&random), commitDelay + 600)
    ticket.labelDelay = delay
    ticket.label = wrongLabels.contains(time + delay) ? message.queue.next : message.queue
    return ticket
  }

  // MARK: - Delays and rhythm

  package static let lateCommitShare = 0.03
  package static let neverLabelledShare = 0.06
  /// Seconds: two minutes to four hours.
  package static let commitDelays: ClosedRange<TimeInterval> = 120...14_400
  /// Seconds: one to 48 hours.
  package static let labelDelays: ClosedRange<TimeInterval> = 3_600...172_800

  /// Uniform in the logarithm: as many between 2 and 20 minutes as between 24 minutes and 4 hours.
  private static func lateCommit(_ random: inout SplitMix64) -> TimeInterval {
    let low = log(commitDelays.lowerBound)
    let high = log(commitDelays.upperBound)
    return exp(low + (high - low) * random.unit()).rounded()
  }

  /// Lognormal with a median of nine hours, cut to `labelDelays`.
  private static func labelDelay(_ random: inout SplitMix64) -> TimeInterval {
    let seconds = exp(log(9 * 3_600) + 0.8 * random.normal()).rounded()
    return min(max(seconds, labelDelays.lowerBound), labelDelays.upperBound)
  }

  /// People write by day more than by night; the mix of what they write does not depend on the hour or the weekday.
  private static func secondOfDay(_ random: inout SplitMix64) -> TimeInterval {
    let hour = random.pick(hourWeights.enumerated().map { ($0.offset, $0.element) })
    // Whole milliseconds, so that a time survives being written and read.
    return TimeInterval(hour * 3_600_000 + random.below(3_600_000)) / 1_000
  }

  /// One an hour from midnight.
  private static let hourWeights: [Double] = [3, 2, 2, 2, 2, 3, 4, 6, 9, 11, 11, 10, 8, 9, 10, 10, 9, 8, 8, 8, 8, 7, 6, 4]
  private static let secondsADay: TimeInterval = 86_400
}

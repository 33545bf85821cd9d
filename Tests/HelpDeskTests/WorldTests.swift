import Foundation
import Testing

@testable import HelpDesk

struct WorldTests {
  private static let world = World(seed: 1)
  private static let tickets = world.tickets()

  private func share(_ tickets: [Ticket], where condition: (Ticket) -> Bool) -> Double {
    Double(tickets.count(where: condition)) / Double(max(1, tickets.count))
  }

  private func days(_ days: ClosedRange<Int>) -> [Ticket] {
    Self.tickets.filter { $0.time >= World.start(ofDay: days.lowerBound) && $0.time < World.start(ofDay: days.upperBound + 1) }
  }

  @Test func `forty days from 1 January 2026 hold about 11000 tickets`() {
    #expect(World.start(ofDay: 1) == Date(timeIntervalSince1970: 1_767_225_600))
    #expect((12_400...13_400).contains(Self.tickets.count))
    #expect(Self.tickets.count == Self.world.ticketCount)
    #expect(Self.world.tickets(on: 0).isEmpty && Self.world.tickets(on: 41).isEmpty)
  }

  @Test func `ids count from 1 without gaps in the order of the times`() {
    #expect(Self.tickets.map(\.id) == (1...Int64(Self.tickets.count)).map { $0 })
    #expect(zip(Self.tickets, Self.tickets.dropFirst()).allSatisfy { $0.time <= $1.time })
  }

  @Test func `a day's tickets are the same whatever was asked before`() {
    #expect(World(seed: 1).tickets(on: 23) == days(23...23))
  }

  @Test func `another seed changes messages, times and made-up words, not the shape`() {
    let other = World(seed: 2)
    let tickets = other.tickets()
    #expect(Set(tickets.map(\.message.text)).intersection(Self.tickets.map(\.message.text)).count < 50)
    #expect(other.newProduct.nouns != Self.world.newProduct.nouns)
    #expect(abs(tickets.count - Self.tickets.count) < 300)
    let new = tickets.filter { $0.time >= World.start(ofDay: 15) }
    #expect(abs(share(new) { $0.message.aboutNewProduct } - 1.0 / 3) < 0.03)
  }

  // MARK: - Planted changes

  @Test func `the planted changes stand on their days, and only the volume is harmless`() {
    #expect(PlantedChange.all.map(\.day) == [12, 15, 22, 30])
    #expect(PlantedChange.all.filter(\.harmless).map(\.day) == [12])
    #expect(Set(PlantedChange.all.map(\.name)).count == 4)
  }

  @Test func `volume doubles on days 12 to 14 and is steady otherwise`() {
    for day in 1...40 {
      let count = Self.world.tickets(on: day).count
      #expect((World.doubledDays.contains(day) ? 530...670 : 270...330).contains(count), "day \(day): \(count)")
    }
  }

  @Test func `nothing but volume changes on day 12`() {
    let (before, during) = (days(1...11), days(12...14))
    for queue in Queue.allCases { #expect(abs(share(before) { $0.message.queue == queue } - share(during) { $0.message.queue == queue }) < 0.04) }
    for channel in Channel.allCases {
      #expect(abs(share(before) { $0.message.channel == channel } - share(during) { $0.message.channel == channel }) < 0.05)
    }
  }

  @Test func `the new product is absent before day 15 and in a third of the messages from then on`() {
    for ticket in days(1...14) {
      let words = ticket.message.text.lowercased().split { !$0.isLetter }.map(String.init)
      #expect(!ticket.message.aboutNewProduct && NewProduct.allWords.isDisjoint(with: words))
    }
    for range in [15...21, 22...29, 30...40] { #expect(abs(share(days(range)) { $0.message.aboutNewProduct } - 1.0 / 3) < 0.04) }
  }

  @Test func `regional speech grows from 3 to 35 percent on day 22`() {
    #expect(abs(share(days(1...21)) { $0.message.speech == .regional } - 0.03) < 0.01)
    #expect(abs(share(days(22...40)) { $0.message.speech == .regional } - 0.45) < 0.03)
  }

  @Test func `labels are wrong exactly while they arrive on days 30 and a half`() {
    var wrong = 0
    for ticket in Self.tickets {
      guard let label = ticket.label, let arrival = ticket.labelTime else {
        #expect(ticket.label == nil && ticket.labelDelay == nil)
        continue
      }
      let broken = arrival >= World.start(ofDay: 30) && arrival < World.start(ofDay: 31) + 43_200
      #expect(label == (broken ? ticket.message.queue.next : ticket.message.queue))
      #expect(ticket.labelIsWrong == broken)
      if broken { wrong += 1 }
    }
    #expect((300...540).contains(wrong), "\(wrong)")
  }

  @Test func `the next queue of the last is the first`() {
    #expect(Queue.feedback.next == .billing)
    #expect(Set(Queue.allCases.map(\.next)).count == 12)
  }

  // MARK: - Delays

  @Test func `labels take one to 48 hours and a few never come`() {
    let delays = Self.tickets.compactMap(\.labelDelay).sorted()
    // A late commit may push a label a little further.
    #expect(delays[0] >= 3_600 && delays[delays.count - 1] <= 172_800)
    #expect((25_000...41_000).contains(delays[delays.count / 2]))
    #expect(abs(1 - Double(delays.count) / Double(Self.tickets.count) - World.neverLabelledShare) < 0.015)
  }

  @Test func `about 3 percent commit late by minutes to hours, and no label comes before its row`() {
    let late = Self.tickets.filter { $0.commitDelay > 0 }
    #expect(abs(Double(late.count) / Double(Self.tickets.count) - 0.03) < 0.008)
    for ticket in late {
      #expect(World.commitDelays.contains(ticket.commitDelay))
      if let labelTime = ticket.labelTime { #expect(labelTime > ticket.commitTime) }
    }
    // Out of order: many rows with a higher id are there before them.
    #expect(late.contains { slow in Self.tickets.contains { $0.id > slow.id + 5 && $0.commitTime < slow.commitTime } })
  }

  @Test func `more people write by day than by night, on every weekday alike`() {
    func hour(_ ticket: Ticket) -> Int { Int(ticket.time.timeIntervalSince1970) % 86_400 / 3_600 }
    #expect(share(Self.tickets) { (8..<20).contains(hour($0)) } > 0.6)
    #expect(share(Self.tickets) { hour($0) < 5 } > 0.03)
  }
}

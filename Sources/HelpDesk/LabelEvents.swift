package import Foundation

/// A label that the labelling tool writes into the table.
package struct LabelEvent: Sendable, Hashable {
  package var id: Int64
  package var label: Queue
  package var wrong: Bool
}

extension World {
  /// When the tool breaks it does not only write wrong labels: its first batch writes over the labels of the days before, back to this one.
  package static let overwrittenSince = start(ofDay: 24)
  /// When somebody has noticed, and every wrong label is written again, right.
  package static let labelsCorrected = start(ofDay: 33)

  /// What the tool writes in `from ..< to`, in the order of ticket ids: arrivals, the batch that overwrites, the correction.
  package func labels(_ tickets: [Ticket], from: Date, to: Date) -> [LabelEvent] {
    let stretch = from..<to
    return tickets.compactMap { ticket in
      guard let label = ticket.label, let arrival = ticket.labelTime else { return nil }
      let truth = ticket.message.queue
      let overwritten = ticket.time >= Self.overwrittenSince && arrival < Self.wrongLabels.lowerBound
      // Of several things that happen to one ticket in the stretch, the last one stands.
      if stretch.contains(Self.labelsCorrected), overwritten || (ticket.labelIsWrong && arrival < to) {
        return LabelEvent(id: ticket.id, label: truth, wrong: false)
      }
      if stretch.contains(Self.wrongLabels.lowerBound), overwritten {
        return LabelEvent(id: ticket.id, label: truth.next, wrong: true)
      }
      guard stretch.contains(arrival) else { return nil }
      return LabelEvent(id: ticket.id, label: label, wrong: ticket.labelIsWrong)
    }
  }
}

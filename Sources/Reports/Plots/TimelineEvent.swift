package import struct Foundation.Date

/// Something that happened at a moment, drawn as a mark on a time axis. Each kind has its own shape as well as its own colour.
package struct TimelineEvent: Sendable, Hashable {
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case planted, pending, firing, resolved, retraining, promotion, refusal, rollback
  }

  package var kind: Kind
  package var time: Date
  /// A few words; may hold foreign text.
  package var label: String
  /// One or two characters that stand for the event where there is no room for words, and in the tables that name it.
  package var key: String

  package init(kind: Kind, time: Date, label: String, key: String = "") {
    self.kind = kind
    self.time = time
    self.label = label
    self.key = key
  }

  /// The mark at (x, y), about 10 units wide.
  func mark(_ x: Double, _ y: Double, titled: Bool = true) -> Markup {
    let title = titled ? "\(label), \(Figures.time(time))" : nil
    switch kind {
    case .planted: return Shape.polygon([(x - 5, y - 5), (x + 5, y - 5), (x, y + 5)], class: "mark planted", title: title)
    case .pending: return Shape.polygon(diamond(x, y, 5), class: "mark pending", title: title)
    case .firing: return Shape.polygon(diamond(x, y, 6), class: "mark firing", title: title)
    case .resolved: return Shape.circle(x, y, 4.5, class: "mark resolved", title: title)
    case .retraining: return Shape.box(x - 4, y - 4, 8, 8, class: "mark retraining", title: title)
    case .promotion: return Shape.polygon([(x - 6, y + 5), (x + 6, y + 5), (x, y - 6)], class: "mark promotion", title: title)
    case .refusal, .rollback:
      let arms: [(Double, Double)] = [
        (-5, -3), (-3, -5), (0, -2), (3, -5), (5, -3), (2, 0), (5, 3), (3, 5), (0, 2), (-3, 5), (-5, 3), (-2, 0),
      ]
      return Shape.polygon(arms.map { (x + $0.0, y + $0.1) }, class: "mark refusal", title: title)
    }
  }

  private func diamond(_ x: Double, _ y: Double, _ r: Double) -> [(Double, Double)] { [(x, y - r), (x + r, y), (x, y + r), (x - r, y)] }
}

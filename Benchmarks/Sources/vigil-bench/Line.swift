import Foundation

/// One line of the table: ours, what the machine allows, what the peers reach, and what was asked for.
struct Line: Codable, Sendable {
  /// What the ratio of ours to something has to be.
  struct Goal: Codable, Sendable {
    /// "limit", or the beginning of a peer's name.
    var versus: String
    /// At least this, or at most where less is better.
    var ratio: Double
  }
  struct Rival: Codable, Sendable {
    var name: String
    var spread: Spread
  }

  var work: String
  var model: String
  var precision: String
  var unit: String
  /// For seconds and bytes.
  var isLessBetter = false
  /// nil where the engine does not offer it.
  var ours: Spread?
  var limit: Spread?
  var peers: [Rival] = []
  var goals: [Goal] = []
  var note = ""
  /// The share of the machine that others used meanwhile, 0 to 1; nil where it does not matter.
  var others: Double?

  /// Ours to what the goal names, and whether that is enough; nil without either number.
  func result(_ goal: Goal) -> (ratio: Double, isMet: Bool)? {
    let other = goal.versus == "limit" ? limit : peers.first { $0.name.hasPrefix(goal.versus) }?.spread
    guard let ours, let other else { return nil }
    let ratio = ours.median / other.median
    return (ratio, isLessBetter ? ratio <= goal.ratio : ratio >= goal.ratio)
  }

  static let header = [
    "work", "model", "precision", "unit", "ours", "limit", "ours/limit", "peers: figure, ours/peer", "asked for", "others' load", "note",
  ]

  var cells: [String] {
    let rivals = peers.map { rival in
      "\(rival.name) \(rival.spread.text)" + (ours.map { ", **\(Spread.number($0.median / rival.spread.median))**" } ?? "")
    }
    let asked = goals.map { goal in
      let sign = isLessBetter ? "<=" : ">="
      return "\(sign) \(Spread.number(goal.ratio)) \(goal.versus)" + (result(goal).map { $0.isMet ? ": yes" : ": no" } ?? "")
    }
    return [
      work, model, precision, unit, ours?.text ?? "not offered", limit?.text ?? "-",
      ours.flatMap { ours in limit.map { "**\(Spread.number(ours.median / $0.median))**" } } ?? "-",
      rivals.isEmpty ? "-" : rivals.joined(separator: "; "), asked.isEmpty ? "-" : asked.joined(separator: "; "),
      others.map { "\(Int(($0 * 100).rounded()))%" } ?? "-", note.isEmpty ? "-" : note,
    ]
  }
}

/// A table in Markdown.
func markdown(_ header: [String], _ rows: [[String]]) -> String {
  ([header, header.map { _ in "---" }] + rows).map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
}

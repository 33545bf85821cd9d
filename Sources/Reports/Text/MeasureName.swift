package import Records

/// What a measure is called in a sentence, so that the person who is woken by it need not know our names.
package struct MeasureName: Sendable, Hashable {
  /// What kind of quantity it is: it decides the verb and how the number is read.
  package enum Family: Sendable {
    /// A distance from the reference: larger is worse, 0 is no change.
    case drift
    /// A score: larger is better.
    case quality
    /// A gap between groups: larger is worse, 0 is equal treatment.
    case gap
    case other
  }

  /// `accuracy`, `length of the inputs`; written to stand after "the" or at the start of a sentence.
  package let words: String
  package let family: Family

  /// - slice: names the column where the measure is of a column (`drift.input.column {column="speech"}`).
  package init(_ measure: String, slice: Slice = .all) {
    let parts = measure.split(separator: ".").map(String.init)
    let last = parts.last.map(Self.spaced) ?? measure
    switch parts.first {
    case "drift" where last == "column" && slice.labels["column"] != nil:
      family = .drift
      words = "column “\(VisibleText.name(slice.labels["column"] ?? ""))”"
    case "drift":
      family = .drift
      words = Self.drift(Array(parts.dropFirst()))
    case "performance", "quality":
      family = .quality
      words = last
    case "bias", "fairness":
      family = .gap
      words = Self.gap(last)
    case "suite" where parts.count >= 3:
      family = .quality
      words = "\(last) on suite \(parts[1...(parts.count - 2)].joined(separator: "."))"
    case "health" where last == "failures":
      family = .other
      words = "share of inputs that could not be run"
    case "health" where last == "production agreement":
      family = .quality
      words = "agreement with the answers of production"
    case "traffic" where last == "rows":
      family = .other
      words = "number of rows"
    default:
      family = .other
      words = Self.spaced(measure)
    }
  }

  /// With a capital letter, to begin a sentence.
  package var sentenceStart: String { words.prefix(1).uppercased() + words.dropFirst() }

  private static func drift(_ parts: [String]) -> String {
    let side = parts.first == "output" ? "answers" : "inputs"
    let subject = parts.dropFirst().map(spaced)
    guard let what = subject.first else { return "the \(parts.first.map(spaced) ?? "distribution")" }
    if what == "column" || what == "metadata", subject.count > 1 { return "column \(subject[1])" }
    switch (what, side) {
    case ("labels", _), ("label", _): return "mix of answers"
    case ("confidence", _): return "confidence of the answers"
    case ("embedding", _): return "meaning of the inputs (embedding)"
    case ("surprisal", _): return "surprise of the model at the inputs (surprisal)"
    case ("length", _): return "length of the \(side)"
    case ("tokens", _): return "words of the inputs (tokens)"
    default: return "\(subject.joined(separator: " ")) of the \(side)"
    }
  }

  private static func gap(_ last: String) -> String {
    last.hasSuffix(" difference") ? "\(last.dropLast(" difference".count)) gap between groups" : last
  }

  private static func spaced(_ text: String) -> String {
    text.replacing("_", with: " ").replacing("f1 macro", with: "macro F1").replacing("tpr", with: "true positive rate")
  }
}

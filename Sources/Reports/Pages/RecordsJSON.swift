import Records

import struct Foundation.Date

/// The records as they stand in a report's JSON: names in snake case, as the files of DESIGN 4.1 have them, whatever our Swift calls the properties. Foreign text
/// is cut but otherwise left as it is: JSON escapes what must be escaped, and a program wants the data.
enum RecordsJSON {
  static func text(_ text: String, limit: Int = VisibleText.exampleLimit) -> JSONValue { .string(cut(text, limit)) }

  static func optional(_ text: String?) -> JSONValue { text.map { self.text($0) } ?? .null }
  static func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
  static func number(_ value: Int?) -> JSONValue { value.map { .number(Double($0)) } ?? .null }
  static func time(_ date: Date?) -> JSONValue { date.map { .string(Timestamp.text($0)) } ?? .null }
  static func labels(_ labels: [String: String]) -> JSONValue {
    // Two names that are equal after the cut would be one key; the first in order is kept, as it is in the page.
    .object(Dictionary(labels.sorted { $0.key < $1.key }.map { (cut($0.key, VisibleText.nameLimit), text($0.value)) }) { first, _ in first })
  }

  private static func cut(_ text: String, _ limit: Int) -> String { String(String.UnicodeScalarView(text.unicodeScalars.prefix(limit))) }

  static func window(_ window: Window) -> JSONValue { ["start": time(window.start), "end": time(window.end)] }

  static func measurement(_ m: Measurement) -> JSONValue {
    [
      "measure": .string(m.measure), "slice": labels(m.slice.labels), "window": window(m.window), "value": number(m.value), "lower": number(m.lower),
      "upper": number(m.upper), "n": number(m.n), "reference": number(m.reference), "reference_n": number(m.referenceN), "effect": number(m.effect),
      "tolerance": number(m.tolerance), "verdict": .string(m.verdict.rawValue), "detectable_effect": number(m.detectableEffect),
      "rows_needed": number(m.rowsNeeded), "cannot_measure": optional(m.cannotMeasure), "signature": .string(m.signature), "model": .string(m.model),
      "evidence": m.evidence.map(evidence) ?? .null, "detail": m.detail.map(detail) ?? .null,
    ]
  }

  private static func evidence(_ e: Evidence) -> JSONValue {
    ["test": .string(e.test), "statistic": number(e.statistic), "p_value": number(e.pValue), "e_value": number(e.eValue)]
  }

  private static func detail(_ detail: MeasurementDetail) -> JSONValue {
    switch detail {
    case .categories(let shares):
      [
        "categories": .array(
          shares.map { ["name": text($0.name, limit: VisibleText.nameLimit), "reference": number($0.reference), "current": number($0.current)] })
      ]
    case .histogram(let edges, let reference, let current):
      ["histogram": ["edges": .array(edges.map(number)), "reference": .array(reference.map(number)), "current": .array(current.map(number))]]
    case .groups(let groups):
      [
        "groups": .array(
          groups.map {
            ["slice": labels($0.slice.labels), "value": number($0.value), "lower": number($0.lower), "upper": number($0.upper), "n": number($0.n)]
          })
      ]
    }
  }

  static func alert(_ a: Alert) -> JSONValue {
    [
      "fingerprint": .string(a.fingerprint), "deployment": text(a.deployment), "rule": text(a.rule), "measure": .string(a.measure),
      "slice": labels(a.slice.labels), "severity": .string(a.severity.rawValue), "state": .string(a.state.rawValue), "labels": labels(a.labels),
      "annotations": labels(a.annotations), "active_at": time(a.activeAt), "fired_at": time(a.firedAt), "resolved_at": time(a.resolvedAt),
      "last_evaluated_at": time(a.lastEvaluatedAt), "last_error": optional(a.lastError), "sequence": number(a.sequence),
    ]
  }

  static func transition(_ t: AlertTransition) -> JSONValue {
    [
      "sequence": number(t.sequence), "from": .string(t.from.rawValue), "to": .string(t.to.rawValue), "at": time(t.at), "reason": text(t.reason),
    ]
  }

  static func check(_ c: GateCheck) -> JSONValue {
    [
      "name": .string(c.name), "slice": labels(c.slice.labels), "champion": number(c.champion), "challenger": number(c.challenger),
      "difference": number(c.difference), "lower": number(c.lower), "upper": number(c.upper), "n": number(c.n), "margin": number(c.margin),
      "role": .string(c.role), "passed": .bool(c.passed), "reason": text(c.reason), "signature": .string(c.signature),
    ]
  }

  static func decision(_ d: GateDecision) -> JSONValue {
    [
      "id": .string(d.id), "deployment": text(d.deployment), "champion": .string(d.champion), "challenger": .string(d.challenger),
      "promoted": .bool(d.promoted), "summary": text(d.summary), "decided_at": time(d.decidedAt), "checks": .array(d.checks.map(check)),
    ]
  }

  static func version(_ v: ModelVersion) -> JSONValue {
    [
      "id": .string(v.id), "status": .string(v.status.rawValue), "base_digest": .string(v.baseDigest), "adapter_digest": optional(v.adapterDigest),
      "dataset": optional(v.dataset), "run": optional(v.run), "created_at": time(v.createdAt), "promoted_at": time(v.promotedAt),
    ]
  }
}

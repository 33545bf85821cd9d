import Foundation
package import Records

/// The body of a message: what Alertmanager's webhook sends (version 4, `template/template.go` Data and `notify/webhook` Message), so that everything that listens to
/// Alertmanager can listen to Vigil, and one object `vigil` with what Alertmanager has no word for.
///
/// One message is one alert: `alerts` has one element, or none for Vigil's own business. Text is capped, and the whole stays below 20 kB, as Standard Webhooks asks.
package struct AlertmanagerPayload {
  var message: AlertMessage
  var receiver: String

  package static let byteLimit = 20_000
  static let textLimit = 1000
  static let labelLimit = 50

  package init(_ message: AlertMessage, receiver: String) {
    self.message = message
    self.receiver = receiver
  }

  package var json: JSONValue {
    let firing = message.alert.map { $0.state == .firing || $0.state == .pending } ?? true
    let name = message.alert?.rule ?? "VigilOperational"
    let grouped = ["alertname": name, "deployment": message.deployment]
    return [
      "version": "4", "groupKey": .string("{}:{alertname=\"\(cut(name))\", deployment=\"\(cut(message.deployment))\"}"), "truncatedAlerts": 0,
      "receiver": .string(receiver), "status": firing ? "firing" : "resolved",
      "notification_reason": firing ? "first notification" : "all alerts resolved", "groupLabels": strings(grouped), "commonLabels": strings(labels),
      "commonAnnotations": strings(annotations), "routeLabels": [:], "externalURL": "",
      "alerts": .array(message.alert.map { [alert($0, firing: firing)] } ?? []), "vigil": extra,
    ]
  }

  /// The bytes that are sent and signed: always the same for the same message.
  package var body: [UInt8] {
    let whole = bytes(json)
    if whole.count <= Self.byteLimit { return whole }
    // Too long: the words go, the facts stay; the report has them all.
    var short = message
    short.lines = [message.headline]
    short.alert?.annotations = [:]
    short.alert?.labels = [:]
    return bytes(AlertmanagerPayload(short, receiver: receiver).json)
  }

  private func bytes(_ value: JSONValue) -> [UInt8] {
    guard let data = try? JSONForm.encoder().encode(value) else { preconditionFailure("a JSONValue can always be encoded") }
    return Array(data)
  }

  private var labels: [String: String] {
    guard let alert = message.alert else { return ["alertname": "VigilOperational", "deployment": message.deployment] }
    // The alert's own labels win over its slice's, and the fixed ones over both: routes rely on them.
    var labels = alert.slice.labels.merging(alert.labels) { $1 }
    labels["alertname"] = alert.rule
    labels["severity"] = alert.severity.rawValue
    labels["deployment"] = alert.deployment
    labels["measure"] = alert.measure
    return labels
  }

  private var annotations: [String: String] {
    var annotations = message.alert?.annotations ?? [:]
    if annotations["summary"] == nil { annotations["summary"] = message.headline }
    return annotations
  }

  private func alert(_ alert: Alert, firing: Bool) -> JSONValue {
    [
      "status": firing ? "firing" : "resolved", "labels": strings(labels), "annotations": strings(annotations),
      "startsAt": .string(Timestamp.text(alert.activeAt ?? alert.firedAt ?? message.createdAt)),
      // Alertmanager writes Go's zero time while an alert fires.
      "endsAt": .string(firing ? "0001-01-01T00:00:00Z" : Timestamp.text(alert.resolvedAt ?? message.createdAt)), "generatorURL": "",
      "fingerprint": .string(alert.fingerprint),
    ]
  }

  private var extra: JSONValue {
    let m = message.alert?.measurement ?? message.transition?.measurement
    let interval: JSONValue = m.flatMap { m in m.lower.flatMap { l in m.upper.map { [.number(l), .number($0)] } } } ?? .null
    return [
      "message_id": .string(message.id), "kind": .string(message.kind.rawValue), "created_at": .string(Timestamp.text(message.createdAt)),
      "deployment": .string(cut(message.deployment)), "lines": .array(message.lines.prefix(6).map { .string(cut($0)) }),
      "alert_id": message.alert.map { .string($0.fingerprint) } ?? .null, "state": message.alert.map { .string($0.state.rawValue) } ?? .null,
      "severity": message.alert.map { .string($0.severity.rawValue) } ?? .null, "rule": message.alert.map { .string(cut($0.rule)) } ?? .null,
      "slice": strings(message.alert?.slice.labels ?? [:]),
      "seq": (message.transition?.sequence ?? message.alert?.sequence).map { .number(Double($0)) } ?? .null,
      "reason": message.transition.map { .string(cut($0.reason)) } ?? .null, "report_url": message.reportAddress.map { .string(cut($0)) } ?? .null,
      "model": m.map { .string($0.model) } ?? .null, "metric": message.alert.map { .string($0.measure) } ?? .null, "value": number(m?.value),
      "baseline": number(m?.reference), "ci": interval, "effect": number(m?.effect), "n": m.map { .number(Double($0.n)) } ?? .null,
      "verdict": m.map { .string($0.verdict.rawValue) } ?? .null, "signature": m.map { .string(cut($0.signature)) } ?? .null,
    ]
  }

  private func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }

  private func strings(_ values: [String: String]) -> JSONValue {
    .object(Dictionary(values.sorted { $0.key < $1.key }.prefix(Self.labelLimit).map { (cut($0.key), .string(cut($0.value))) }) { first, _ in first })
  }

  private func cut(_ text: String) -> String { String(String.UnicodeScalarView(text.unicodeScalars.prefix(Self.textLimit))) }
}

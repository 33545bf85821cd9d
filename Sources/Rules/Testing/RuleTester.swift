package import Documents
import Foundation
import Records

/// What came of the tests of one file.
package struct RuleTestReport: Sendable, Hashable, Codable {
  package var file: String
  package var tests: Int
  /// Checked moments: one for each `alert_rule_test`.
  package var expectations: Int
  package var failures: [RuleTestFailure]
}

/// An expectation that was not met.
package struct RuleTestFailure: Sendable, Hashable, Codable, CustomStringConvertible {
  package var file: String
  package var line: Int
  package var test: String
  package var alert: String
  /// `12h` after the start.
  package var time: String
  package var expected: String
  package var got: String

  package var description: String {
    "\(file):\(line): test \"\(test)\": \(alert) at \(time)\n  expected: \(expected)\n  got:      \(got)"
  }
}

/// Runs rule tests through the same `judge` that the daemon calls.
package struct RuleTester: Sendable {
  package var measures: MeasureNames

  package init(measures: MeasureNames) { self.measures = measures }

  /// Reads a test file and the rule files it names, which stand relative to it, and runs its tests.
  package func run(path: String) throws(DocumentFaults) -> RuleTestReport {
    let source: RuleSource
    do {
      source = try RuleSource.read(path)
    } catch {
      throw DocumentFaults([error])
    }
    let file = try read(source)
    let folder = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : ""
    let rules = try RuleChecker(measures: measures).check(paths: file.ruleFiles.map { $0.hasPrefix("/") ? $0 : folder + $0 })
    return try run(file, rules: rules)
  }

  package func read(_ source: RuleSource) throws(DocumentFaults) -> RuleTestFile {
    let reader = RuleTestReader(source, measures: measures)
    let file = reader.read()
    guard let file, reader.faults.isEmpty else { throw DocumentFaults(reader.faults) }
    return file
  }

  package func run(_ file: RuleTestFile, rules: RuleSet) throws(DocumentFaults) -> RuleTestReport {
    var faults: [DocumentFault] = []
    for test in file.tests {
      for expectation in test.expectations where rules.rule(named: expectation.alert) == nil {
        faults.append(
          DocumentFault(
            file: file.path, line: expectation.line, subject: "test \"\(test.name)\"",
            message: "there is no alert \"\(expectation.alert)\" in the rule files",
            hint: Guess.hint(for: expectation.alert, among: rules.rules.map(\.name))))
      }
    }
    guard faults.isEmpty else { throw DocumentFaults(faults) }
    return RuleTestReport(
      file: file.path, tests: file.tests.count, expectations: file.tests.map(\.expectations.count).reduce(0, +),
      failures: file.tests.flatMap { run($0, rules: rules, path: file.path) })
  }

  /// Evaluates at every step from 0 to the last moment asked for, the memory of each step going into the next.
  private func run(_ test: RuleTest, rules: RuleSet, path: String) -> [RuleTestFailure] {
    let last = test.expectations.map(\.time.seconds).max() ?? 0
    // Moments that fall between evaluations see the state the evaluation before them left.
    let pending = test.expectations.sorted { $0.time < $1.time }
    var next = 0
    var failures: [RuleTestFailure] = []
    var alerts: [Alert] = []
    for seconds in stride(from: 0, through: last, by: test.evaluationInterval.seconds) {
      let (measurements, errors) = test.measured(at: seconds)
      alerts =
        rules.judge(
          measurements, failures: errors, alerts: alerts, deployment: "test", at: Date(timeIntervalSince1970: TimeInterval(seconds)),
          fingerprint: { $0 }
        ).alerts
      while next < pending.count, pending[next].time.seconds < seconds + test.evaluationInterval.seconds {
        if let failure = pending[next].failure(in: alerts, test: test, path: path) { failures.append(failure) }
        next += 1
      }
    }
    return failures
  }
}

extension RuleTest {
  /// What is measured at a moment: for each series the sample of the interval it falls into.
  fileprivate func measured(at seconds: Int) -> ([Records.Measurement], [MeasureFailure]) {
    var measurements: [Records.Measurement] = []
    var failures: [MeasureFailure] = []
    let place = seconds / interval.seconds
    for series in series where place < series.values.count {
      switch series.values[place] {
      case .missing: continue
      case .word("error"): failures.append(MeasureFailure(measure: series.measure, message: "the test says so"))
      case .word: measurements.append(measurement(series, at: place, value: nil))
      case .number(let value): measurements.append(measurement(series, at: place, value: value))
      }
    }
    return (measurements, failures)
  }

  private func measurement(_ series: Series, at place: Int, value: Double?) -> Records.Measurement {
    func item(_ field: String) -> SeriesItem? {
      guard let items = series.fields[field], let only = items.first else { return nil }
      return items.count == 1 ? only : items[place]
    }
    func number(_ field: String) -> Double? { if case .number(let number)? = item(field) { number } else { nil } }
    let verdict: Verdict = if case .word(let word)? = item("verdict"), let verdict = Verdict(rawValue: word) { verdict } else { .unchanged }
    let end = Date(timeIntervalSince1970: TimeInterval(place * interval.seconds))
    let (pValue, eValue) = (number("p_value"), number("e_value"))
    return Measurement(
      measure: series.measure, slice: series.slice, window: Window(start: end.addingTimeInterval(-interval.timeInterval), end: end), value: value,
      lower: number("lower"), upper: number("upper"), n: number("n").flatMap { Int(exactly: $0.rounded()) } ?? 1_000, reference: number("reference"),
      effect: number("effect"), tolerance: number("tolerance"),
      evidence: pValue == nil && eValue == nil ? nil : Evidence(test: "test", statistic: 0, pValue: pValue, eValue: eValue),
      verdict: value == nil ? .insufficient : verdict, signature: "test")
  }
}

extension RuleTest.Expectation {
  /// What was expected and what was there, when they differ.
  fileprivate func failure(in alerts: [Alert], test: RuleTest, path: String) -> RuleTestFailure? {
    var left = alerts.filter { $0.rule == alert }
    var isMet = true
    for expected in self.alerts {
      if let index = left.firstIndex(where: { expected.matches($0) }) { left.remove(at: index) } else { isMet = false }
    }
    guard !isMet || left.contains(where: { $0.state == .firing }) else { return nil }
    let got = alerts.filter { $0.rule == alert }.map { alert in
      "\(alert.state.rawValue) \(alert.slice)" + (alert.lastError.map { " (\($0))" } ?? "")
    }
    return RuleTestFailure(
      file: path, line: line, test: test.name, alert: alert, time: time.description,
      expected: self.alerts.isEmpty ? "no firing alert" : self.alerts.map(\.description).joined(separator: ", "),
      got: got.isEmpty ? "no alert" : got.joined(separator: ", "))
  }
}

extension RuleTest.ExpectedAlert: CustomStringConvertible {
  fileprivate func matches(_ alert: Alert) -> Bool {
    let own = ["alertname": alert.rule, "severity": alert.severity.rawValue, "measure": alert.measure]
    let all = alert.labels.merging(own) { _, own in own }
    return alert.state == state && (slice == nil || slice == alert.slice) && labels.allSatisfy { all[$0.key] == $0.value }
      && annotations.allSatisfy { alert.annotations[$0.key] == $0.value }
  }

  var description: String {
    var text = "\(state.rawValue)"
    if let slice { text += " \(slice)" }
    if !labels.isEmpty { text += " labels \(Slice(labels))" }
    if !annotations.isEmpty { text += " annotations \(Slice(annotations))" }
    return text
  }
}

import ArgumentParser
import Daemon
import Documents
import Foundation
import Records
import Rules

/// `vigil rules`: what is wrong with rule files, and whether they do what their tests say. Needs no daemon and no database.
struct RulesCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "Check and test alerting rules.", subcommands: [Check.self, Test.self])

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Report every fault of rule files, with line, column and a hint.",
      discussion: "Folders stand for the *.yaml in them. Exit code 6 when there are faults.")

    @Argument(help: ArgumentHelp("Rule files, or folders with rule files.", valueName: "file")) var files: [String]
    @Flag(help: "Print the result as JSON.") var json = false

    func run() async throws {
      try requireFiles(files)
      let checked = files.flatMap { RuleSource.paths(at: $0) }
      var report = CheckReport(files: checked.count, rules: 0, faults: [])
      do {
        report.rules = try RuleChecker(measures: MeasureNames.catalog).check(paths: files).rules.count
      } catch {
        report.faults = error.faults
      }
      if json {
        print(try JSONForm.text(report, pretty: true))
      } else if report.faults.isEmpty {
        print("\(counted(report.rules, "rule")) in \(counted(report.files, "file")), no faults")
      } else {
        for fault in report.faults { print(fault) }
      }
      guard report.faults.isEmpty else {
        throw CommandFailure(.findings, "\(counted(report.faults.count, "fault")) in \(counted(Set(report.faults.map(\.file)).count, "file"))")
      }
    }
  }

  struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Run *.test.yaml: rules against made-up series.",
      discussion: "Folders stand for the *.test.yaml in them. Exit code 6 when an expectation is not met or a file has faults.")

    @Argument(help: ArgumentHelp("Rule test files, or folders with them.", valueName: "file")) var files: [String]
    @Flag(help: "Print the result as JSON.") var json = false

    func run() async throws {
      try requireFiles(files)
      let paths = files.flatMap { RuleSource.testPaths(at: $0) }
      guard !paths.isEmpty else {
        throw CommandFailure(.notFound, "no rule test files in \(files.joined(separator: ", "))", hint: "rule tests end in .test.yaml")
      }
      var report = TestReport(files: paths.count, tests: 0, expectations: 0, failures: [], faults: [])
      let tester = RuleTester(measures: MeasureNames.catalog)
      for path in paths {
        do {
          let one = try tester.run(path: path)
          report.tests += one.tests
          report.expectations += one.expectations
          report.failures += one.failures
          if !json { print("\(path): \(counted(one.tests, "test")), \(counted(one.failures.count, "failure"))") }
        } catch {
          report.faults += error.faults
          if !json { print("\(path): \(counted(error.faults.count, "fault"))") }
        }
      }
      if json {
        print(try JSONForm.text(report, pretty: true))
      } else {
        for fault in report.faults { print(fault) }
        for failure in report.failures { print(failure) }
        print("\(counted(report.expectations, "expectation")) in \(counted(report.tests, "test")) checked, \(report.failures.count) not met")
      }
      guard report.ok else {
        throw CommandFailure(
          .findings, "\(counted(report.failures.count, "expectation")) not met, \(counted(report.faults.count, "fault")) in rule tests")
      }
    }
  }
}

// MARK: - What is printed with --json

/// The answer of `rules check --json`, version 1.
private struct CheckReport: Encodable {
  var version = 1
  var files: Int
  var rules: Int
  var faults: [DocumentFault]

  private enum CodingKeys: String, CodingKey { case version, ok, files, rules, faults }

  func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(version, forKey: .version)
    try box.encode(faults.isEmpty, forKey: .ok)
    try box.encode(files, forKey: .files)
    try box.encode(rules, forKey: .rules)
    try box.encode(faults, forKey: .faults)
  }
}

/// The answer of `rules test --json`, version 1.
private struct TestReport: Encodable {
  var version = 1
  var files: Int
  var tests: Int
  var expectations: Int
  var failures: [RuleTestFailure]
  var faults: [DocumentFault]

  var ok: Bool { failures.isEmpty && faults.isEmpty }

  private enum CodingKeys: String, CodingKey { case version, ok, files, tests, expectations, failures, faults }

  func encode(to encoder: any Encoder) throws {
    var box = encoder.container(keyedBy: CodingKeys.self)
    try box.encode(version, forKey: .version)
    try box.encode(ok, forKey: .ok)
    try box.encode(files, forKey: .files)
    try box.encode(tests, forKey: .tests)
    try box.encode(expectations, forKey: .expectations)
    try box.encode(failures, forKey: .failures)
    try box.encode(faults, forKey: .faults)
  }
}

// MARK: - Helpers

private func requireFiles(_ files: [String]) throws {
  guard !files.isEmpty else { throw CommandFailure(.usage, "no file is named", hint: "for example: Rules/quality.yaml") }
  let missing = files.filter { !FileManager.default.fileExists(atPath: $0) }
  guard missing.isEmpty else { throw CommandFailure(.notFound, "there is no file \(missing.joined(separator: ", "))") }
}

private func counted(_ count: Int, _ thing: String) -> String { "\(count) \(thing)\(count == 1 ? "" : "s")" }

import Foundation
import Records
import TestSupport
import Testing

/// What a person gets who types something wrong: a message that says what, where and how to mend, and the exit code that scripts branch on.
@Suite struct CommandLineTests {
  private func vigil(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) { try Program.run(arguments) }

  @Test func `help and version are no errors`() throws {
    #expect(try vigil(["--help"]).code == 0)
    #expect(try vigil(["--version"]).code == 0)
  }

  @Test func `an unknown command or option is a usage error`() throws {
    #expect(try vigil(["frobnicate"]).code == 2)
    #expect(try vigil(["status", "--frobnicate"]).code == 2)
  }

  @Test(arguments: [["status"], ["alerts"], ["jobs"], ["models"], ["reports"], ["evaluate"], ["retrain"], ["reload"]])
  func `without a daemon the operator's commands say so and exit with 3`(command: [String]) throws {
    let ended = try vigil(command + ["--socket", "/tmp/no-vigil-here.sock"])
    #expect(ended.code == 3)
    #expect(ended.errors.contains("the daemon is not running"))
    #expect(ended.errors.contains("hint:"))
    #expect(ended.output.isEmpty)
  }

  @Test func `doctor measures the machine, and names speed that is given away`() throws {
    let run = try Program.run(["doctor", "--json"])
    let report = try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    let findings = try #require(report["findings"] as? [String])
    #expect(run.code == (findings.isEmpty ? 0 : 6))
    #expect(findings.allSatisfy { run.errors.contains($0) && $0.contains("hint: ") })
    for key in ["float_product_gflops", "openblas_gflops", "memory_gb_per_second", "bfloat16_product_gflops"] {
      let pair = try #require(report[key] as? [String: Double], "\(key)")
      #expect(pair.values.allSatisfy { $0 > 0 } && pair.count == 2)
    }
    #expect((report["bfloat16_limit_gflops"] is NSNull) == (report["bfloat16_path"] as? String == "widened"))
    let table = try Program.run(["doctor"])
    #expect(table.output.contains("of limit") && table.output.contains("OpenBLAS"))
  }

  @Test func `a rule with an unknown measure is told with file, line and column`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "r.yaml",
      "groups:\n  - name: g\n    rules:\n      - alert: A\n        measure: performance.acuracy\n        when: verdict == changed\n        severity: warning\n"
    )
    let ended = try vigil(["rules", "check", file.path])
    #expect(ended.code == 6)
    #expect((ended.output + ended.errors).contains("r.yaml:5:"))
    #expect((ended.output + ended.errors).contains("performance.accuracy"))
  }

  @Test func `the shipped rules have no fault`() throws {
    #expect(try vigil(["rules", "check", TestSupport.rules.path]).code == 0)
  }

  @Test func `the configuration that init writes has no fault of form`() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "vigil.yaml").path
    #expect(try vigil(["init", file]).code == 0)
    #expect(try vigil(["init", file]).code == 5)
    let ended = try vigil(["check", "--config", file])
    // Its model folder is an example and is not there; nothing else may be wrong.
    #expect(ended.code == 6)
    #expect(!ended.errors.contains("unknown key"))
  }

  @Test func `the daemon refuses a half-written configuration and names every fault`() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("vigil.yaml", "state: {database: x}\nrules: []\n")
    let ended = try vigil(["run", "--config", file.path])
    #expect(ended.code == 1)
    for part in ["directory is missing", "rules is missing or empty", "deployments is missing"] { #expect(ended.errors.contains(part)) }
  }

  @Test func `a suite is run on a model folder, and every answer is written`() throws {
    let folder = try TemporaryFolder()
    let answers = folder.url.appending(path: "answers.jsonl").path
    let fixtures = TestSupport.fixtures.path
    let ended = try vigil([
      "suite", "run", fixtures + "/suites/core.yaml", "--model", fixtures + "/model", "--adapter", fixtures + "/adapter", "--system", "Route.",
      "--json",
      "--output", answers,
    ])
    #expect(ended.code == 0, "\(ended.errors)")
    let report = try JSONForm.decoder().decode(JSONValue.self, from: Data(ended.output.utf8))
    #expect(report["suite"] == "core")
    let accuracy = report["measurements"]?.arrayValue?.first { $0["measure"] == "suite.core.accuracy" }
    #expect((accuracy?["value"]?.numberValue ?? 0) > 0.9)
    #expect(try String(contentsOfFile: answers, encoding: .utf8).split(separator: "\n").count == 300)
  }

  @Test func `a suite on a server that is not there says so`() throws {
    let ended = try vigil(["suite", "run", TestSupport.fixtures.path + "/suites/core.yaml", "--remote", "http://127.0.0.1:9/v1", "--name", "m"])
    #expect(ended.code == 1)
    #expect(ended.errors.contains("127.0.0.1:9"))
    #expect(try vigil(["suite", "run", "no.yaml", "--model", "."]).code == 3)
    #expect(try vigil(["suite", "run", "no.yaml"]).code == 2)
  }
}

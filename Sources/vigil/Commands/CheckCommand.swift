import ArgumentParser
import Daemon
import Evaluation
import Foundation
import LanguageModel
import Logging
import RemoteModel
import Rules
import Storage

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check configuration, rules, suites and models. Exit code 6 when something is wrong.",
    discussion: """
      Looks at files alone; --source connects to the sources, --server to the servers of remote models. What cannot be measured of a remote model is named, with \
      the rules that will find nothing to judge there.
      """)

  @Option(help: ArgumentHelp("Configuration file.", valueName: "file")) var config = "/etc/vigil/vigil.yaml"
  @Flag(help: "Connect to the sources and check tables, columns and rights.") var source = false
  @Flag(help: "Ask the servers of remote models what they serve and what they tell.") var server = false
  @Flag(help: "Print every setting in force and where it comes from.") var showOrigin = false

  func run() async throws {
    var faults: [String] = []
    func gather(_ body: () throws -> Void) {
      do { try body() } catch { faults.append("\(error)") }
    }
    let configuration: Configuration
    do {
      configuration = try Configuration.read(URL(filePath: config))
    } catch {
      throw CommandFailure(.findings, "\(error)")
    }
    if showOrigin {
      for (key, place) in configuration.origins.sorted(by: { $0.key < $1.key }) { print("\(key)\t\(place)") }
    }
    var rules = RuleSet([])
    gather { rules = try RuleLoading.load(configuration) }
    for deployment in configuration.deployments {
      for suite in deployment.suites { gather { _ = try Suite.read(suite.file) } }
      switch deployment.model.place {
      case .local(let folder, let adapter):
        gather {
          let base = try ModelFolder.open(folder)
          if let adapter { _ = try AdapterFolder.open(adapter, base: base) }
        }
      case .remote(let section):
        do { try await check(section, of: deployment, rules) } catch { faults.append("\(deployment.name): \(error)") }
      }
      for file in [deployment.retrain?.original, deployment.retrain?.heldBack].compactMap(\.self) { gather { _ = try LabelledFile.read(file) } }
      if source {
        do {
          let running = try Deployment(deployment, logger: Logger(label: "check"))
          for warning in try await running.source.verify() { printError("warning: \(deployment.name): \(warning)") }
          await running.close()
        } catch {
          faults.append("\(deployment.name): \(error)")
        }
      }
    }
    guard faults.isEmpty else { throw CommandFailure(.findings, faults.joined(separator: "\n")) }
    print("\(configuration.deployments.count) deployments, \(rules.rules.count) rules, \(configuration.receivers.count) receivers: no faults")
  }

  /// Names what a remote model cannot tell, and with --server what its server offers.
  private func check(_ section: RemoteSection, of deployment: DeploymentConfiguration, _ rules: RuleSet) async throws {
    let settings = try section.settings()
    _ = try deployment.remoteTask(section)
    var limits = RemotePredictor.limits(of: settings)
    if server {
      let predictor = try await deployment.connect(section)
      limits = predictor.limits
      let missing = Set(limits.map(\.ability))
      let offered = PredictorAbility.allCases.filter { !missing.contains($0) }.map(\.rawValue).joined(separator: ", ")
      print("\(deployment.name): \(section.name) at \(section.address) is model \(predictor.model) and tells: \(offered)")
    }
    for limit in limits { printError("note: \(deployment.name): \(limit)") }
    for (measure, _) in ModelLimits(limits).reasons.sorted(by: { $0.key < $1.key }) {
      let idle = rules.rules.filter { $0.covers(deployment: deployment.name) && $0.measure.matches(measure) }.map(\.name)
      let consequence = idle.isEmpty ? "" : "; nothing to judge for \(idle.joined(separator: ", "))"
      printError("note: \(deployment.name): \(measure) cannot be measured\(consequence)")
    }
  }
}

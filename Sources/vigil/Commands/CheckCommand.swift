import ArgumentParser
import Daemon
import Evaluation
import Foundation
import LanguageModel
import Logging
import RemoteModel
import Storage

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Check configuration, rules, suites and models; with --source the source tables too. Exit code 6 when something is wrong.")

  @Option(help: ArgumentHelp("Configuration file.", valueName: "file")) var config = "/etc/vigil/vigil.yaml"
  @Flag(help: "Connect to the sources and check tables, columns and rights.") var source = false
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
    var rules = 0
    gather { rules = try RuleLoading.load(configuration.rules).rules.count }
    for deployment in configuration.deployments {
      for suite in deployment.suites { gather { _ = try Suite.read(suite.file) } }
      gather {
        switch deployment.model.place {
        case .local(let folder, let adapter):
          let base = try ModelFolder.open(folder)
          if let adapter { _ = try AdapterFolder.open(adapter, base: base) }
        case .remote(let section): _ = try section.settings()
        }
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
    print("\(configuration.deployments.count) deployments, \(rules) rules, \(configuration.receivers.count) receivers: no faults")
  }
}

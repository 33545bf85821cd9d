import ArgumentParser
import Daemon
import Foundation

/// `vigil`: the daemon, the operator's command line, and tools that work on plain files.
@main
struct Vigil: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vigil", abstract: "Stands watch over fine-tuned language models in production.",
    discussion: """
      Samples production inputs from PostgreSQL, runs the deployed model on them and evaluation suites beside them, measures drift, quality and bias, \
      tells people when something has changed, and trains, proves and promotes a better adapter within the limits you set.
      """,
    version: DaemonOperator.version,
    groupedSubcommands: [
      CommandGroup(name: "See it work", subcommands: [DemoCommand.self]),
      CommandGroup(name: "The daemon", subcommands: [InitCommand.self, CheckCommand.self, DoctorCommand.self, RunCommand.self, ReloadCommand.self]),
      CommandGroup(
        name: "Operating it",
        subcommands: [
          StatusCommand.self, AlertsCommand.self, JobsCommand.self, ModelsCommand.self, ReportsCommand.self, EvaluateCommand.self,
          RetrainCommand.self,
        ]),
      CommandGroup(name: "On plain files", subcommands: [RulesCommand.self, ModelCommand.self, SuiteCommand.self, TrainCommand.self]),
    ] + [CommandGroup(name: "Inside", subcommands: [FixturesCommand.self, TrafficCommand.self])])

  /// Runs the command; our own failures print their message and hint and end with their code.
  static func main() async {
    // A reader that has gone away is an error of the write, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      printError("vigil: \(failure)")
      Foundation.exit(failure.code.rawValue)
    } catch {
      // Usage, help and version are the parser's business; its usage code is ours too.
      let code = exitCode(for: error)
      let text = fullMessage(for: error)
      if code == .success {
        print(text)
        Foundation.exit(0)
      }
      printError(code == .validationFailure ? text : "vigil: \(error)")
      Foundation.exit(code == .validationFailure ? CommandFailure.Code.usage.rawValue : CommandFailure.Code.failed.rawValue)
    }
  }
}

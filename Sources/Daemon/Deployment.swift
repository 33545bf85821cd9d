import Evaluation
import Foundation
package import Logging
import Postgres
import Records
package import Storage

/// A watched model as it runs: its configuration, its source and its loaded models.
package struct Deployment: Sendable {
  package let configuration: DeploymentConfiguration
  /// Increments and labels for the monitoring lane. One task at a time uses a reader, so each lane has its own.
  package let source: SourceReader
  /// Labels for the training lane.
  let trainingSource: SourceReader
  /// For looking at table and rights while the others are busy.
  let inspector: SourceReader
  package let predictors: PredictorCache

  package var name: String { configuration.name }

  package init(_ configuration: DeploymentConfiguration, logger: Logger) throws {
    self.configuration = configuration
    let source = configuration.source
    let specification = SourceSpecification(
      table: source.table, key: source.key, time: source.time, input: source.input, label: source.label, output: source.answer,
      inserted: source.inserted, columns: source.columns, lag: .seconds(source.lag.seconds))
    func reader(_ purpose: String) throws -> SourceReader {
      SourceReader(specification, try PostgresConfiguration(url: source.database, purpose: "\(purpose)/\(configuration.name)"), logger: logger)
    }
    self.source = try reader("source")
    trainingSource = try reader("training")
    inspector = try reader("inspector")
    predictors = PredictorCache(configuration)
  }

  package func close() async {
    await source.close()
    await trainingSource.close()
    await inspector.close()
  }
}

import Evaluation
import Foundation
import Logging
import Postgres
import Records
import Storage

/// A watched model as it runs: its configuration, its source and its loaded models.
package struct Deployment: Sendable {
  package let configuration: DeploymentConfiguration
  package let source: SourceReader
  package let predictors: PredictorCache

  package var name: String { configuration.name }

  package init(_ configuration: DeploymentConfiguration, logger: Logger) throws {
    self.configuration = configuration
    let source = configuration.source
    let specification = SourceSpecification(
      table: source.table, key: source.key, time: source.time, input: source.input, label: source.label, output: source.answer,
      inserted: source.inserted, columns: source.columns, lag: .seconds(source.lag.seconds))
    self.source = SourceReader(
      specification, try PostgresConfiguration(url: source.database, purpose: "source/\(configuration.name)"), logger: logger)
    predictors = PredictorCache(configuration)
  }
}

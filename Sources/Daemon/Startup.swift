import Foundation
import Postgres
import Records
import Storage

/// What the daemon does once, before it works: bring the schema up to date, free what a dead predecessor held, enter configured models in the registry.
struct Startup: Sendable {
  let context: DaemonContext
  let deployments: [String: Deployment]
  let notifier: SystemdNotifier

  func run() async throws {
    try await waitForStateDatabase()
    let recovered = try await context.storage.transaction { tx in
      let jobs = try await tx.jobs.recover(holder: context.holder)
      _ = try await tx.outbox.recover(holder: context.holder)
      return jobs
    }
    if !recovered.isEmpty {
      context.logger.notice("taking up the work of a daemon that died", metadata: ["jobs": "\(recovered)"])
    }
    for deployment in deployments.values.sorted(by: { $0.name < $1.name }) {
      try await enter(deployment)
      try await ChampionLink(context: context).follow(deployment.name)
    }
  }

  /// The database may still be starting with the machine: it gets a minute, and systemd is told that there is progress.
  private func waitForStateDatabase() async throws {
    let deadline = ContinuousClock.now + .seconds(60)
    while true {
      do {
        let migrations = try await context.storage.migrate()
        if !migrations.isEmpty { context.logger.notice("the schema is at version \(migrations.map(\.version).max() ?? 0)") }
        return
      } catch let error as PostgresError where error.isTransient && ContinuousClock.now < deadline {
        context.logger.warning("the state database does not answer; trying again", metadata: ["error": "\(error.message)"])
        notifier.status("waiting for the state database")
        notifier.extendTimeout(.seconds(30))
        try await Task.sleep(for: .seconds(1))
      }
    }
  }

  /// Registers the configured model as the first champion, where there is none yet, and proves that the champion can be loaded.
  ///
  /// A remote model is registered by the first turn that reaches it: like a source, a server that is away is no reason not to start. That its key can be read and
  /// its labels asked for is proven here.
  private func enter(_ deployment: Deployment) async throws {
    let configuration = deployment.configuration
    try await context.storage.transaction { tx in try await tx.deployments.register(configuration.name) }
    switch configuration.model.place {
    case .remote(let section):
      _ = try section.settings()
      _ = try configuration.remoteTask(section)
    case .local(let base, let adapter):
      let champion = try await context.storage.read { try await $0.models.champion(configuration.name) }
      // One that was served elsewhere gives way to the folders that have taken its place in the configuration.
      if let champion, !champion.model.isRemote {
        _ = try await deployment.predictors.predictor(for: champion.model)
        return
      }
      let now = try context.clock.now()
      let version = try FirstModel(configuration: configuration, objects: context.objects).version(base: base, adapter: adapter, at: now)
      try await context.storage.transaction { tx in
        try await tx.models.register(version)
        _ = try await tx.models.promote(
          configuration.name, version.id, expecting: champion?.model.id, actor: "configuration", reason: "the configured model", at: now)
      }
      _ = try await deployment.predictors.predictor(for: version)
      context.logger.notice("the configured model is champion", metadata: ["deployment": "\(configuration.name)", "model": "\(version.id)"])
    }
  }
}

import Files
package import Foundation

/// The link that a serving process follows: `deployments/NAME/champion` points to the champion's adapter folder. The registry's row decides, the link
/// follows it, after each promotion and whenever the daemon starts.
package struct ChampionLink: Sendable {
  let context: DaemonContext

  package init(context: DaemonContext) { self.context = context }

  package static func path(of deployment: String, in directory: URL) -> URL {
    directory.appending(path: "deployments/\(deployment)/champion")
  }

  /// Points the link to where the registry says.
  package func follow(_ deployment: String) async throws {
    guard let champion = try await context.storage.read({ try await $0.models.champion(deployment) }) else { return }
    // A remote model has no folder that a link could lead to.
    if champion.model.isRemote { return }
    let link = Self.path(of: deployment, in: context.configuration.directory)
    try FileManager.default.createDirectory(at: link.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicLink.point(link, to: champion.model.adapterPath ?? champion.model.basePath)
  }
}

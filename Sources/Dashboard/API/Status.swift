package import Foundation

/// How the daemon is, at one look: `GET /v1/status`.
package struct StatusResponse: Sendable, Hashable, Codable {
  package var version: String
  /// The daemon's clock, which in a simulation is not the wall's.
  package var clock: Date
  package var startedAt: Date
  /// Up to which time of the source everything has been sampled, measured, judged and delivered; nil before the first cycle. A driver of a simulated clock waits for it.
  package var settledAt: Date?
  package var ready: Bool
  package var degraded: [DegradedReason]
  package var deployments: [DeploymentStatus]
  package var queue: QueueStatus
  package var deliveries: DeliveryStatus

  package init(
    version: String, clock: Date, startedAt: Date, settledAt: Date?, ready: Bool, degraded: [DegradedReason], deployments: [DeploymentStatus],
    queue: QueueStatus, deliveries: DeliveryStatus
  ) {
    self.version = version
    self.clock = clock
    self.startedAt = startedAt
    self.settledAt = settledAt
    self.ready = ready
    self.degraded = degraded
    self.deployments = deployments
    self.queue = queue
    self.deliveries = deliveries
  }
}

/// Something that does not work while the rest goes on.
package struct DegradedReason: Sendable, Hashable, Codable {
  /// `source`, `state database`, `receiver chat`.
  package var component: String
  package var reason: String
  package var since: Date

  package init(component: String, reason: String, since: Date) {
    self.component = component
    self.reason = reason
    self.since = since
  }
}

package struct DeploymentStatus: Sendable, Hashable, Codable {
  package var name: String
  /// `watching`, `collecting reference`, `degraded`.
  package var state: String
  /// Identity of the adapter in production; nil before one is registered.
  package var champion: String?
  /// Rows read: one that was updated, by its label perhaps, is read again.
  package var seen: Int
  package var sampled: Int
  /// By reason; seen = sampled + all of these.
  package var skipped: [String: Int]
  package var predicted: Int
  package var labelled: Int
  package var measurements: Int
  package var lastSampleAt: Date?
  package var lastMeasuredAt: Date?
  package var pending: Int
  package var firing: Int

  package init(
    name: String, state: String, champion: String?, seen: Int, sampled: Int, skipped: [String: Int], predicted: Int, labelled: Int, measurements: Int,
    lastSampleAt: Date?, lastMeasuredAt: Date?, pending: Int, firing: Int
  ) {
    self.name = name
    self.state = state
    self.champion = champion
    self.seen = seen
    self.sampled = sampled
    self.skipped = skipped
    self.predicted = predicted
    self.labelled = labelled
    self.measurements = measurements
    self.lastSampleAt = lastSampleAt
    self.lastMeasuredAt = lastMeasuredAt
    self.pending = pending
    self.firing = firing
  }
}

package struct QueueStatus: Sendable, Hashable, Codable {
  package var queued: Int
  package var running: Int
  package var failed: Int

  package init(queued: Int, running: Int, failed: Int) {
    self.queued = queued
    self.running = running
    self.failed = failed
  }
}

package struct DeliveryStatus: Sendable, Hashable, Codable {
  package var waiting: Int
  package var dead: Int
  /// Age of the oldest undelivered message.
  package var oldestSeconds: Double?

  package init(waiting: Int, dead: Int, oldestSeconds: Double?) {
    self.waiting = waiting
    self.dead = dead
    self.oldestSeconds = oldestSeconds
  }
}

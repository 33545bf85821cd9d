package import Files
package import Foundation
package import Logging
import Records
package import Rules
package import Storage
import Synchronization

/// What every part of the daemon shares. Values and thread-safe references; nothing here decides anything.
package struct DaemonContext: Sendable {
  package let configuration: Configuration
  package let storage: StateDatabase
  /// Adapters, datasets and reports by their hash.
  package let objects: ContentStore
  package let clock: any DaemonClock
  package let rules: RulesInForce
  /// This program, for the training process.
  package let executable: URL
  /// Names this state directory's daemon in leases: whoever holds the directory's lock may free what a dead one had claimed.
  package let holder: String
  package let logger: Logger

  package init(
    configuration: Configuration, storage: StateDatabase, objects: ContentStore, clock: any DaemonClock, rules: RulesInForce, executable: URL,
    holder: String, logger: Logger
  ) {
    self.configuration = configuration
    self.storage = storage
    self.objects = objects
    self.clock = clock
    self.rules = rules
    self.executable = executable
    self.holder = holder
    self.logger = logger
  }
}

/// The rules, replaced as a whole by a reload.
package final class RulesInForce: Sendable {
  private let box: Mutex<RuleSet>

  package init(_ rules: RuleSet) { box = Mutex(rules) }

  package var current: RuleSet { box.withLock { $0 } }

  package func replace(with rules: RuleSet) { box.withLock { $0 = rules } }
}

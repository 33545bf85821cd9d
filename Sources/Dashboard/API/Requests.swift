package import Foundation
package import Records

package struct AlertQuery: Sendable, Hashable {
  package var deployment: String?
  /// Empty means all.
  package var states: [AlertState]
  package var limit: Int

  package init(deployment: String? = nil, states: [AlertState] = [], limit: Int = 200) {
    self.deployment = deployment
    self.states = states
    self.limit = limit
  }
}

package struct JobQuery: Sendable, Hashable {
  package var deployment: String?
  package var kind: String?
  package var state: String?
  package var limit: Int

  package init(deployment: String? = nil, kind: String? = nil, state: String? = nil, limit: Int = 200) {
    self.deployment = deployment
    self.kind = kind
    self.state = state
    self.limit = limit
  }
}

package struct ReportQuery: Sendable, Hashable {
  package var deployment: String?
  package var kind: String?
  package var limit: Int

  package init(deployment: String? = nil, kind: String? = nil, limit: Int = 200) {
    self.deployment = deployment
    self.kind = kind
    self.limit = limit
  }
}

/// `POST /v1/evaluations`: measure now, not when the schedule says.
package struct EvaluationRequest: Sendable, Hashable, Codable {
  /// May be left out where there is one deployment.
  package var deployment: String?
  package var suite: String?
  package var model: String?
  /// Window of production traffic; left out for the latest.
  package var from: Date?
  package var to: Date?
  package var reason: String?

  package init(deployment: String? = nil, suite: String? = nil, model: String? = nil, from: Date? = nil, to: Date? = nil, reason: String? = nil) {
    self.deployment = deployment
    self.suite = suite
    self.model = model
    self.from = from
    self.to = to
    self.reason = reason
  }
}

/// `POST /v1/retrainings`.
package struct RetrainingRequest: Sendable, Hashable, Codable {
  package var deployment: String?
  package var reason: String?

  package init(deployment: String? = nil, reason: String? = nil) {
    self.deployment = deployment
    self.reason = reason
  }
}

/// `POST /v1/models/{id}/promote` and `/v1/models/rollback`.
package struct ModelChangeRequest: Sendable, Hashable, Codable {
  package var deployment: String?
  package var reason: String?

  package init(deployment: String? = nil, reason: String? = nil) {
    self.deployment = deployment
    self.reason = reason
  }
}

/// What comes with every change of state.
package struct Call: Sendable, Hashable {
  /// The same key with the same request gives the first answer again; with another request it is a conflict (`OperatorFault.Code.unprocessable`).
  package var idempotencyKey: String?
  /// Method, path and body: what the key is for.
  package var request: String

  package init(idempotencyKey: String?, request: String) {
    self.idempotencyKey = idempotencyKey
    self.request = request
  }
}

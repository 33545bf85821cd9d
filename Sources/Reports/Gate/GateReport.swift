package import Records

package import struct Foundation.Date

/// Why a challenger was promoted or refused, with all that went into it: the checks, the training run, the data, the line of descent.
package struct GateReport: Report {
  package struct LossPoint: Sendable {
    package var step: Int
    package var loss: Double

    package init(step: Int, loss: Double) {
      self.step = step
      self.loss = loss
    }
  }

  package struct Run: Sendable {
    package var id: String
    package var trainingRows: Int
    package var validationRows: Int
    package var epochs: Double
    package var steps: Int
    package var tokens: Int
    /// Wall time; 0 where it is not told.
    package var seconds: Double
    package var loss: [LossPoint]
    package var validation: [LossPoint]
    /// The step whose weights were kept.
    package var bestStep: Int?
    package var stoppedEarly: Bool
    /// Settings as the configuration file names them: `learning_rate`, `lora.r`.
    package var settings: [String: String]

    var ending: String { stoppedEarly ? "stopped early" : "ran to its end" }

    package init(
      id: String, trainingRows: Int, validationRows: Int, epochs: Double, steps: Int, tokens: Int, seconds: Double, loss: [LossPoint],
      validation: [LossPoint], bestStep: Int?, stoppedEarly: Bool, settings: [String: String] = [:]
    ) {
      self.id = id
      self.trainingRows = trainingRows
      self.validationRows = validationRows
      self.epochs = epochs
      self.steps = steps
      self.tokens = tokens
      self.seconds = seconds
      self.loss = loss
      self.validation = validation
      self.bestStep = bestStep
      self.stoppedEarly = stoppedEarly
      self.settings = settings
    }
  }

  /// One finding of the audit: `contradictory labels`, 214, `37 % of the rows since 2026-01-30`.
  package struct Finding: Sendable {
    package var name: String
    package var count: Int
    package var note: String

    package init(name: String, count: Int, note: String = "") {
      self.name = name
      self.count = count
      self.note = note
    }
  }

  package struct Dataset: Sendable {
    package var id: String
    package var rows: Int
    /// Rows by where they come from: `production`, `original`.
    package var origins: [String: Int]
    package var labels: [String: Int]
    package var audit: [Finding]

    package init(id: String, rows: Int, origins: [String: Int], labels: [String: Int], audit: [Finding]) {
      self.id = id
      self.rows = rows
      self.origins = origins
      self.labels = labels
      self.audit = audit
    }
  }

  /// A step of the line of descent, the oldest first: `base`, its digest, what it is.
  package struct Ancestor: Sendable {
    package var role: String
    package var id: String
    package var note: String

    package init(role: String, id: String, note: String = "") {
      self.role = role
      self.id = id
      self.note = note
    }
  }

  package var deployment: String
  package var decision: GateDecision
  /// What asked for the retraining: `alert product-words (fingerprint …)`, `by hand: …`.
  package var trigger: String
  package var run: Run?
  package var dataset: Dataset?
  package var lineage: [Ancestor]
  package var command: String
  package var generatedAt: Date

  package init(
    deployment: String, decision: GateDecision, trigger: String, run: Run?, dataset: Dataset?, lineage: [Ancestor], command: String = "",
    generatedAt: Date
  ) {
    self.deployment = deployment
    self.decision = decision
    self.trigger = trigger
    self.run = run
    self.dataset = dataset
    self.lineage = lineage
    self.command = command
    self.generatedAt = generatedAt
  }

  package var verdict: String { decision.promoted ? "Promoted" : "Refused" }

  package var headline: String {
    let summary = VisibleText.line(decision.summary)
    let word = verdict.lowercased()
    return "\(verdict): \(summary.hasPrefix(word + ": ") ? String(summary.dropFirst(word.utf8.count + 2)) : summary)"
  }

  /// What failed first, then targets, then guards, each in the decision's order.
  var checks: [GateCheck] {
    decision.checks.filter { !$0.passed } + decision.checks.filter { $0.passed && $0.role == "target" }
      + decision.checks.filter { $0.passed && $0.role != "target" }
  }
}

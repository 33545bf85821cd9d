import Foundation

/// The learning rate of each step, by transformers' formulas (`optimization.py`, `get_*_schedule*`).
struct LearningRate: Sendable, Hashable {
  let schedule: TrainingConfiguration.Schedule
  /// The rate at the top.
  let peak: Double
  let warmupSteps: Int
  let steps: Int

  init(_ configuration: TrainingConfiguration, steps: Int) {
    schedule = configuration.lrSchedulerType
    peak = configuration.learningRate
    self.steps = steps
    // As `TrainingArguments.get_warmup_steps`: steps when given, else a share, rounded up.
    let given = configuration.warmupSteps
    warmupSteps = given >= 1 ? Int(given) : Int((Double(steps) * (given > 0 ? given : configuration.warmupRatio)).rounded(.up))
  }

  /// - step: counted from 0; the rate used in that step.
  func callAsFunction(_ step: Int) -> Double {
    if schedule == .constant { return peak }
    if step < warmupSteps { return peak * Double(step) / Double(max(1, warmupSteps)) }
    let left = Double(steps - step) / Double(max(1, steps - warmupSteps))
    return switch schedule {
    case .linear: peak * max(0, left)
    case .cosine: peak * max(0, 0.5 * (1 + cos(Double.pi * (1 - left))))
    case .constant, .constantWithWarmup: peak
    }
  }
}

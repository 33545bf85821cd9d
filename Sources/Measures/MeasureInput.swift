package import Records

/// What detectors look at: one window and the reference it is compared with. Pure values; the order in which the observations came is forgotten.
package struct MeasureInput: Sendable {
  package let window: Window
  /// The stretch of event time that the reference covers; nil when it is not a plain stretch, and then `traffic.rows` has no reference.
  package let referenceWindow: Window?
  /// Sorted by key, then time, then input.
  package let reference: [Observation]
  package let current: [Observation]
  /// Identity of the deployed model. Measures about the model use only predictions that it made; those of another model are left out.
  package let model: String
  /// Values measured for this model at its gate or on the reference.
  package let baselines: Baselines

  package init(
    window: Window, referenceWindow: Window? = nil, reference: [Observation], current: [Observation], baselines: Baselines = Baselines(),
    model: String
  ) {
    self.window = window
    self.referenceWindow = referenceWindow
    self.reference = MeasureInput.sorted(reference)
    self.current = MeasureInput.sorted(current)
    self.baselines = baselines
    self.model = model
  }

  static func sorted(_ observations: [Observation]) -> [Observation] {
    observations.sorted { a, b in
      let keys = (Text(a.sample.key), Text(b.sample.key))
      if keys.0 != keys.1 { return keys.0 < keys.1 }
      if a.sample.time != b.sample.time { return a.sample.time < b.sample.time }
      return Text(a.sample.input) < Text(b.sample.input)
    }
  }

  /// The window's observations whose prediction is the deployed model's.
  var currentOfModel: [Observation] { current.filter { $0.prediction.model == model } }

  /// The reference's observations whose prediction is the deployed model's.
  var referenceOfModel: [Observation] { reference.filter { $0.prediction.model == model } }
}

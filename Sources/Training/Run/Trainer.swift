import Foundation

/// The built-in trainer: LoRA adapters on a frozen base, or all parameters of a model.
public enum Trainer {
  /// Trains, blocking the calling thread for as long as it takes; call it from a thread of its own.
  ///
  /// The same request gives the same weights, byte for byte, whatever the number of threads and however often the run was killed and resumed on the way (on
  /// the same BLAS kernels; `run.json` names them).
  ///
  /// - progress: called on this thread, once a step and for notes.
  /// - Throws: `TrainingFault`, or the faults of the model's files.
  @discardableResult
  public static func run(_ request: TrainingRequest, progress: (TrainingEvent) -> Void = { _ in }) throws -> TrainingOutcome {
    let output = try OutputFolder(request.output)
    let setup = try TrainingSetup(request)
    for note in setup.notes { progress(.note(note)) }
    if request.resume {
      if let done = try finished(setup, in: output) {
        progress(.note("\(request.output.path) holds the result of this very run already"))
        return done
      }
    } else {
      try output.clear()
    }
    var run = try TrainingRun(setup, output: output)
    do {
      return try run.run(progress)
    } catch let fault as TrainingFault {
      if request.crashAfterStep == nil { try run.record(fault) }
      throw fault
    }
  }

  /// The outcome of this run if the folder holds it whole; nil if it is still to be made.
  ///
  /// - Throws: a conflict when the folder belongs to another run, or to nobody we know.
  private static func finished(_ setup: TrainingSetup, in output: OutputFolder) throws -> TrainingOutcome? {
    try output.refuseStrangers()
    guard let record = RunRecord.read(in: output.url) else { return nil }
    let differences = record.identity.differences(from: setup.identity)
    guard differences.isEmpty else {
      throw TrainingFault(
        .conflict, "\(output.url.path): belongs to another run: \(differences.joined(separator: ", ")) differ\(differences.count == 1 ? "s" : "")",
        hint: "choose another output folder, or --no-resume to start anew in this one")
    }
    guard record.status == .finished, var outcome = record.outcome, let weights = output.weights else { return nil }
    guard try fileDigest(output.url.appending(path: weights)) == outcome.weightsDigest else { return nil }
    outcome.output = output.url.relativePath
    outcome.resumedFrom = outcome.steps
    return outcome
  }
}

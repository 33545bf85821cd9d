import Foundation
import Kernels
import LanguageModel
import TestSupport
import Testing

@testable import Training

@Suite struct RunTests {
  /// Lives as long as the test; the folders in it go with it.
  private let scratch: TemporaryFolder

  init() throws { scratch = try TemporaryFolder() }

  private func folder(_ name: String) -> URL { scratch.url.appending(path: name, directoryHint: .isDirectory) }

  private func weights(_ output: URL) throws -> Data { try Data(contentsOf: output.appending(path: OutputFolder.adapterWeights)) }

  // MARK: - The same bytes

  @Test func `the same seed gives the same bytes, another seed others`() throws {
    let folders = (0..<3).map { folder("\($0)") }
    try Trainer.run(Tiny.request(folders[0]))
    try Trainer.run(Tiny.request(folders[1]))
    try Trainer.run(Tiny.request(folders[2], Tiny.configuration { $0.seed = 5 }))
    #expect(try weights(folders[0]) == weights(folders[1]))
    #expect(try weights(folders[0]) != weights(folders[2]))
  }

  @Test func `the number of threads changes no bit`() throws {
    // Long enough that every kernel splits its work.
    var configuration = GradientTests.tiny
    (configuration.hiddenSize, configuration.intermediateSize, configuration.headDimension, configuration.maximumPositions) = (64, 160, 16, 512)
    var generator = SplitMix64(state: 1)
    let batch = TrainingBatch(
      (0..<5).map { index in
        let tokens = (0..<(60 + 90 * index)).map { _ in Int32(generator.next(below: 37)) }
        return TrainingExample(line: 1, tokens: tokens, labels: tokens, weight: 1)
      })
    let threads = Compute.threads
    defer { Compute.threads = threads }
    var results: [[Float]] = []
    for count in [1, 2, 3] {
      Compute.threads = count
      let model = try LlamaTrainee(configuration, lora: nil, seed: 2, base: nil)
      for step in 0..<2 {
        model.parameters.zeroGradients()
        _ = model.accumulateGradients(batch, scale: 1e-3, dropout: DropoutPlace(seed: 1, step: step, firstRow: 0, firstTaughtRow: 0))
        model.parameters.update(AdamW(), step: step + 1, rate: 1e-3, norm: model.parameters.gradientNorm(), maximumNorm: 1)
      }
      results.append(model.parameters.tensors.flatMap { model.parameters.values(of: $0).array })
    }
    #expect(results[0] == results[1] && results[0] == results[2])
  }

  // MARK: - Resuming

  @Test(arguments: [1, 4, 7, 9]) func `a run that crashed resumes to the bytes of one that did not`(_ crash: Int) throws {
    let (whole, broken) = (folder("whole"), folder("broken"))
    let configuration = Tiny.configuration { ($0.evalSteps, $0.saveSteps) = (4, 3) }
    let expected = try Trainer.run(Tiny.request(whole, configuration))

    var request = Tiny.request(broken, configuration)
    request.crashAfterStep = crash
    #expect(try Tiny.fault(request).kind == .interrupted)
    request.crashAfterStep = nil
    let outcome = try Trainer.run(request)

    #expect(outcome.resumedFrom == [1: 0, 4: 4, 7: 6, 9: 9][crash])
    #expect(try weights(broken) == weights(whole))
    #expect(outcome.weightsDigest == expected.weightsDigest && outcome.bestStep == expected.bestStep && outcome.tokens == expected.tokens)
    let (found, theirs) = (try Tiny.metrics(broken), try Tiny.metrics(whole))
    #expect(found.map(\.step) == Array(1...10))
    #expect(found.map(\.loss) == theirs.map(\.loss) && found.map(\.validationLoss) == theirs.map(\.validationLoss))
  }

  @Test func `resumes as often as it crashes, also with all parameters`() throws {
    let (whole, broken) = (folder("whole"), folder("broken"))
    let configuration = Tiny.configuration { ($0.lora, $0.saveSteps) = (nil, 2) }
    let expected = try Trainer.run(Tiny.request(whole, configuration, valid: nil))
    for crash in [3, 5, 6, 7] {
      var request = Tiny.request(broken, configuration, valid: nil)
      request.crashAfterStep = crash
      _ = try Tiny.fault(request)
    }
    let outcome = try Trainer.run(Tiny.request(broken, configuration, valid: nil))
    #expect(outcome.resumedFrom == 6 && outcome.weightsDigest == expected.weightsDigest)
  }

  enum Damage: String, CaseIterable { case truncatedParameters, flippedMoment, noManifest, brokenManifest, leftover }

  @Test(arguments: Damage.allCases) func `a damaged newest checkpoint is passed over for the one before`(_ damage: Damage) throws {
    let (whole, broken) = (folder("whole"), folder("broken"))
    let configuration = Tiny.configuration { $0.saveSteps = 2 }
    let expected = try Trainer.run(Tiny.request(whole, configuration, valid: nil))
    var request = Tiny.request(broken, configuration, valid: nil)
    request.crashAfterStep = 7
    _ = try Tiny.fault(request)

    let newest = broken.appending(path: "checkpoints/checkpoint-00000006")
    func edit(_ name: String, _ change: (inout Data) -> Void) throws {
      var data = try Data(contentsOf: newest.appending(path: name))
      change(&data)
      try data.write(to: newest.appending(path: name))
    }
    switch damage {
    case .truncatedParameters: try edit(CheckpointStore.parametersFile) { $0.removeLast(100) }
    case .flippedMoment: try edit(CheckpointStore.optimizerFile) { $0[$0.count - 5] ^= 0x40 }
    case .noManifest: try FileManager.default.removeItem(at: newest.appending(path: "MANIFEST.json"))
    case .brokenManifest: try edit("MANIFEST.json") { $0.removeLast($0.count / 2) }
    case .leftover:
      try FileManager.default.moveItem(at: newest, to: newest.deletingLastPathComponent().appending(path: ".checkpoint-00000006.1.tmp"))
    }
    request.crashAfterStep = nil
    var notes: [String] = []
    let outcome = try Trainer.run(request) { if case .note(let text) = $0 { notes.append(text) } }
    #expect(outcome.resumedFrom == 4)
    #expect(outcome.weightsDigest == expected.weightsDigest)
    #expect(damage == .leftover || notes.contains { $0.contains("checkpoint of step 6 is passed over") })
    #expect(try FileManager.default.contentsOfDirectory(atPath: broken.appending(path: "checkpoints").path).allSatisfy { !$0.hasPrefix(".") })
  }

  @Test func `asked to stop, it writes a checkpoint and says how to go on`() throws {
    let output = folder("output")
    var request = Tiny.request(output)
    request.shouldStop = { true }
    let fault = try Tiny.fault(request)
    #expect(fault.kind == .interrupted && fault.message.contains("after step 1 of 10"))
    request.shouldStop = { false }
    #expect(try Trainer.run(request).resumedFrom == 1)
  }

  @Test func `a finished run is not run again, and another run does not touch it`() throws {
    let output = folder("output")
    let first = try Trainer.run(Tiny.request(output))
    let again = try Trainer.run(Tiny.request(output))
    #expect(again.resumedFrom == again.steps && again.weightsDigest == first.weightsDigest)

    let other = Tiny.configuration { $0.learningRate = 1e-3 }
    let fault = try Tiny.fault(Tiny.request(output, other))
    #expect(fault.kind == .conflict && fault.message.contains("the configuration differs"))
    var anew = Tiny.request(output, other)
    anew.resume = false
    #expect(try Trainer.run(anew).weightsDigest != first.weightsDigest)
  }

  @Test func `weights of strangers are not overwritten`() throws {
    let output = folder("output")
    _ = try scratch.file("output/" + OutputFolder.adapterWeights, "precious")
    for resume in [true, false] {
      var request = Tiny.request(output)
      request.resume = resume
      #expect(try Tiny.fault(request).kind == .conflict)
    }
    #expect(try String(contentsOf: output.appending(path: OutputFolder.adapterWeights), encoding: .utf8) == "precious")
    #expect(try Tiny.fault(Tiny.request(Tiny.folder)).kind == .conflict)
  }

  @Test func `only one run writes to a folder`() throws {
    let output = folder("output")
    let held = try OutputFolder(output)
    #expect(try Tiny.fault(Tiny.request(held.url)).message.contains("another training run"))
  }

  // MARK: - Early stopping

  @Test func `stops early and restores the best weights`() throws {
    let output = folder("output")
    // A rate far too high for so few rows: the validation loss soon rises.
    let configuration = Tiny.configuration {
      ($0.maxSteps, $0.evalSteps, $0.earlyStoppingPatience, $0.learningRate, $0.lrSchedulerType) = (60, 1, 3, 0.05, .constant)
    }
    let outcome = try Trainer.run(Tiny.request(output, configuration))
    let losses = try Tiny.metrics(output).compactMap(\.validationLoss)
    let best = try #require(losses.min())
    #expect(outcome.steps < 60 && outcome.steps == losses.count)
    #expect(outcome.bestValidationLoss == best && outcome.resultStep == (losses.firstIndex(of: best) ?? 0) + 1)
    #expect(outcome.resultStep == outcome.steps - 3 && outcome.stopReason.hasPrefix("stopped early"))

    // The result is the model of that step: its validation loss is the one measured then.
    let folder = try ModelFolder.open(Tiny.folder)
    let adapter = try AdapterFolder.open(output, base: folder)
    let model = try LlamaTrainee(
      LlamaConfiguration(folder.configuration, file: "config.json"), lora: configuration.lora, seed: 0, base: { try folder.floats(named: $0) },
      adapter: { try adapter.floats(named: $0) })
    let valid = try TrainingData(Tiny.valid, reader: TrainingRowReader(model: folder, maximumLength: 128, truncation: nil))
    let batch = TrainingBatch(valid.examples)
    #expect(model.loss(batch) / batch.totalWeight == best)
  }

  @Test func `a crash after the last validation stops where the whole run stopped`() throws {
    let (whole, broken) = (folder("whole"), folder("broken"))
    let configuration = Tiny.configuration {
      ($0.maxSteps, $0.evalSteps, $0.saveSteps, $0.earlyStoppingPatience, $0.learningRate, $0.lrSchedulerType) = (60, 1, 100, 2, 0.05, .constant)
    }
    let expected = try Trainer.run(Tiny.request(whole, configuration))
    var request = Tiny.request(broken, configuration)
    request.crashAfterStep = expected.steps
    _ = try Tiny.fault(request)
    request.crashAfterStep = nil
    let outcome = try Trainer.run(request)
    #expect(outcome.steps == expected.steps && outcome.weightsDigest == expected.weightsDigest && outcome.stopReason == expected.stopReason)
  }

  @Test func `keeps the last two checkpoints and the best, or none`() throws {
    let output = folder("output")
    let configuration = Tiny.configuration { ($0.saveSteps, $0.evalSteps, $0.learningRate, $0.lrSchedulerType) = (1, 1, 0.05, .constant) }
    let outcome = try Trainer.run(Tiny.request(output, configuration))
    let store = CheckpointStore(folder: output.appending(path: "checkpoints"))
    #expect(try store.steps() == [outcome.bestStep ?? 0, 9, 10])
    let bare = folder("bare")
    var request = Tiny.request(bare)
    request.keepsCheckpoints = false
    try Trainer.run(request)
    #expect(try CheckpointStore(folder: bare.appending(path: "checkpoints")).steps().isEmpty)
  }

  // MARK: - Failing

  @Test func `a loss that is no number ends the run and names the step`() throws {
    let output = folder("output")
    let configuration = Tiny.configuration { ($0.learningRate, $0.maxGradNorm, $0.lrSchedulerType) = (1e30, 0, .constant) }
    let fault = try Tiny.fault(Tiny.request(output, configuration))
    #expect(fault.kind == .diverged && fault.message.contains("at step ") && fault.hint?.contains("learning_rate") == true)
    #expect(RunRecord.read(in: output)?.status == .failed)
    #expect(!FileManager.default.fileExists(atPath: output.appending(path: OutputFolder.adapterWeights).path))
  }

  @Test func `a tensor that does not move is an error`() throws {
    // B leaves 0 by however little; A is of the order of 1, and a step of 1e-20 is lost on it.
    let fault = try Tiny.fault(Tiny.request(folder("output"), Tiny.configuration { ($0.learningRate, $0.weightDecay) = (1e-20, 0) }, valid: nil))
    #expect(fault.kind == .selfCheck && fault.message.contains("lora_A") && !fault.message.contains("lora_B"))
  }

  // MARK: - What is written

  @Test func `an adapter is a PEFT folder with its record and card`() throws {
    let output = folder("output")
    var steps: [TrainingProgress] = []
    let outcome = try Trainer.run(Tiny.request(output)) { if case .step(let progress) = $0 { steps.append(progress) } }
    let base = try ModelFolder.open(Tiny.folder)
    let adapter = try AdapterFolder.open(output, base: base)
    #expect(adapter.configuration.rank == 4 && adapter.configuration.dropout == 0.1)
    #expect(adapter.tensor(named: LlamaTensorName.loraA(.q, layer: 0))?.type == .f32)
    #expect(steps.map(\.step) == Array(1...10) && steps.allSatisfy { $0.of == 10 && $0.loss > 0 && $0.secondsLeft >= 0 && $0.tokensPerSecond > 0 })
    #expect(steps.last?.validationLoss != nil)
    let record = try #require(RunRecord.read(in: output))
    #expect(record.status == .finished && record.outcome == outcome && record.train.counts.rows == 22 && record.baseDigest == base.digest)
    let card = try String(contentsOf: output.appending(path: "README.md"), encoding: .utf8)
    #expect(card.contains("library_name: peft") && card.contains(outcome.weightsDigest) && !card.contains("More Information Needed"))
  }

  @Test func `from scratch, a folder of weights in bfloat16 comes of a configuration alone`() throws {
    let bare = folder("bare")
    try FileManager.default.createDirectory(at: bare, withIntermediateDirectories: true)
    for name in ["config.json", "tokenizer.json", "tokenizer_config.json", "chat_template.jinja", "generation_config.json"] {
      try FileManager.default.copyItem(at: Tiny.folder.appending(path: name), to: bare.appending(path: name))
    }
    let output = folder("output")
    var request = Tiny.request(output, Tiny.configuration { $0.lora = nil })
    request.model = bare
    request.fromScratch = true
    try Trainer.run(request)
    let model = try ModelFolder.open(output)
    #expect(model.tensor(named: LlamaTensorName.embedding)?.type == .bf16)
    #expect(try model.render([.user("x")], addGenerationPrompt: true).contains("assistant"))
    // Weights are small and normal at first; after ten steps they still are.
    let values = try model.floats(named: LlamaTensorName.linear(.gate, layer: 1))
    let deviation = (values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(values.count)).squareRoot()
    #expect(abs(deviation - model.configuration.initializerRange) < 0.3 * model.configuration.initializerRange)

    request.configuration.lora = TrainingConfiguration.LoRA()
    #expect(try Tiny.fault(request).kind == .configuration)
  }

  @Test func `an adapter to continue from must have the shape asked for`() throws {
    let output = folder("output")
    let configuration = Tiny.configuration {
      $0.lora?.initAdapter = Tiny.folder.appending(path: "adapter").path; $0.lora?.r = 8
    }
    let fault = try Tiny.fault(Tiny.request(output, configuration))
    #expect(fault.kind == .configuration && fault.message.contains("has rank 4, the configuration says 8"))
  }
}

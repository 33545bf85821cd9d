import Kernels
import LanguageModel
import Testing

@testable import Training

/// The whole model's gradient against differences of its loss.
@Suite struct GradientTests {
  static let tiny = LlamaConfiguration(
    vocabularySize: 37, hiddenSize: 16, intermediateSize: 24, layers: 2, heads: 4, keyValueHeads: 2, headDimension: 4, maximumPositions: 32,
    initializerRange: 0.3)

  /// Three sequences, one with every token taught, one with its end, one with a hole and another weight.
  static let examples = [
    TrainingExample(line: 1, tokens: [1, 5, 9, 2, 30, 36, 4], labels: [1, 5, 9, 2, 30, 36, 4], weight: 1),
    TrainingExample(line: 2, tokens: [7, 7, 3, 12, 0], labels: [-100, -100, -100, 12, 0], weight: 1),
    TrainingExample(line: 3, tokens: [2, 8, 20, 21, 22, 23], labels: [-100, 8, -100, 21, -100, 23], weight: 0.5),
  ]

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var configuration = GradientTests.tiny
    var lora: TrainingConfiguration.LoRA?
  }

  static let cases: [Case] = {
    var untied = tiny
    untied.tiedEmbeddings = false
    var single = tiny
    single.layers = 1
    var cases = [
      Case(testDescription: "all parameters, tied head"), Case(testDescription: "all parameters, head of its own", configuration: untied),
      Case(testDescription: "all parameters, one layer", configuration: single),
    ]
    let subsets: [[LlamaLinear]] = [LlamaLinear.allCases, [.down], [.up, .down], [.gate], [.o], [.q], [.k, .v]]
    for targets in subsets {
      var lora = TrainingConfiguration.LoRA()
      (lora.r, lora.loraAlpha, lora.targetModules) = (3, 5, targets)
      cases.append(Case(testDescription: "LoRA on \(targets.map(\.rawValue))", lora: lora))
      lora.loraDropout = 0.3
      cases.append(Case(testDescription: "LoRA on \(targets.map(\.rawValue)) with dropout", lora: lora))
    }
    return cases
  }()

  /// 32-bit sums round the loss at about 1e-6 of itself; a step of 1e-2 along the gradient then leaves about 1e-3 of the slope, and curvature as much again.
  static let tolerance = 0.01

  @Test(arguments: cases) func `the gradient of each tensor is the slope of the loss along it`(_ test: Case) throws {
    let model = try LlamaTrainee(test.configuration, lora: test.lora, seed: 11, base: nil)
    if test.lora != nil {
      // B starts at 0, where A has no gradient: move every B away first.
      for tensor in model.parameters.tensors where tensor.name.contains("lora_B") {
        var random = RandomWeights(seed: 12, name: tensor.name)
        random.fillNormal(model.parameters.values(of: tensor), deviation: 0.3)
      }
    }
    let batch = TrainingBatch(Self.examples)
    let place = DropoutPlace(seed: 3, step: 1, firstRow: 0, firstTaughtRow: 0)
    func loss() -> Double { model.accumulateGradients(batch, scale: 1, dropout: place) }

    model.parameters.zeroGradients()
    _ = loss()
    let gradients = model.parameters.tensors.map { model.parameters.gradients(of: $0).array }
    for (tensor, gradient) in zip(model.parameters.tensors, gradients) {
      let length = gradient.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      #expect(length > 1e-6, "\(tensor.name) has no gradient")
      let values = model.parameters.values(of: tensor)
      let start = values.array
      let step = 1e-2 / max(1, length)
      func moved(_ by: Double) -> Double {
        values.copy(from: zip(start, gradient).map { $0 + Float(by * Double($1) / length) })
        return loss()
      }
      let slope = (moved(step) - moved(-step)) / (2 * step)
      values.copy(from: start)
      #expect(abs(slope - length) < Self.tolerance * length + 2e-3, "\(tensor.name): slope \(slope), gradient \(length)")
    }
  }

  @Test func `a loss without gradients is the loss with them`() throws {
    let model = try LlamaTrainee(Self.tiny, lora: nil, seed: 11, base: nil)
    let batch = TrainingBatch(Self.examples)
    let place = DropoutPlace(seed: 3, step: 1, firstRow: 0, firstTaughtRow: 0)
    #expect(model.loss(batch) == model.accumulateGradients(batch, scale: 1, dropout: place))
  }

  /// Sums over rows are rounded in another order when the rows come in other batches; nothing else may differ.
  static let splitTolerance = 1e-5

  @Test(arguments: [0, 0.25]) func `any split into passes gives the same gradient`(_ dropout: Double) throws {
    var lora = TrainingConfiguration.LoRA()
    (lora.r, lora.loraDropout) = (4, dropout)
    for lora in [lora, nil] {
      let model = try LlamaTrainee(Self.tiny, lora: lora, seed: 5, base: nil)
      for tensor in model.parameters.tensors where tensor.name.contains("lora_B") {
        var random = RandomWeights(seed: 6, name: tensor.name)
        random.fillNormal(model.parameters.values(of: tensor), deviation: 0.3)
      }
      let examples = Self.examples + Self.examples.reversed()
      func gradient(_ split: [Range<Int>]) -> (loss: Double, values: [Float]) {
        model.parameters.zeroGradients()
        var place = DropoutPlace(seed: 3, step: 7, firstRow: 0, firstTaughtRow: 0)
        var loss = 0.0
        for range in split {
          let batch = TrainingBatch(examples[range])
          loss += model.accumulateGradients(batch, scale: 0.1, dropout: place)
          place.firstRow += batch.count
          place.firstTaughtRow += batch.taughtRows.count
        }
        return (loss, model.parameters.tensors.flatMap { model.parameters.gradients(of: $0).array })
      }
      let whole = gradient([0..<6])
      let length = whole.values.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
      for split in [[0..<1, 1..<6], [0..<3, 3..<6], [0..<1, 1..<2, 2..<3, 3..<4, 4..<5, 5..<6]] {
        let parts = gradient(split)
        #expect(abs(parts.loss - whole.loss) < Self.splitTolerance * whole.loss)
        let difference = zip(parts.values, whole.values).reduce(0.0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }.squareRoot()
        #expect(difference < Self.splitTolerance * length, "\(split): \(difference / length)")
      }
    }
  }
}

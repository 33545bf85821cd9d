import Kernels
import Synchronization

/// A loaded model that scores, chooses, generates, embeds and classifies.
///
/// All calls block and compute on `Compute.threads` threads: callers put them on an executor of their own, never on the cooperative pool. Calls from several
/// threads wait for one another, since the scratch memory is one.
///
/// Every result depends on its own prompt alone: the same bits in any batch, at any place in it, on any number of threads, and on any processor with AVX2.
/// An adapter is merged into the weights when the engine is made (W + s B A in Float), so it costs nothing afterwards; or many are put over one base, see
/// `adapted(by:as:)`.
public final class LanguageEngine: Sendable {
  public let configuration: ModelConfiguration
  public let tokenizer: Tokenizer?
  /// Ids that end a generation: the model's and the generation configuration's.
  public let endOfSequence: Set<Int32>
  /// How sentences become vectors, where the folder says so.
  public let sentence: SentenceConfiguration?
  let model: Transformer
  /// The model that adapters are put over; nil where one was merged when the weights were read.
  let base: Transformer?
  private let scratch: Scratch

  /// Scratch for passes of so many rows; it grows to the largest pass. Engines over one base share it.
  private final class Scratch: Sendable {
    struct Held {
      var rows = 0
      var buffers: Workspace?
    }
    let held = Mutex(Held())
  }

  /// Rows of one pass: enough for both cores to be busy, few enough for the scratch to stay small.
  static let passRows = 4096

  /// - adapter: merged into the weights as they are read; the base itself is not kept
  /// - weights: gives a tensor's values by the name it has in the configuration, row by row as stored
  /// - Throws: what `weights` throws
  public init(
    _ configuration: ModelConfiguration, adapter: LoRAWeights? = nil, tokenizer: Tokenizer? = nil, endOfSequence: [Int32] = [],
    sentence: SentenceConfiguration? = nil, weights: (String) throws -> [Float]
  ) throws {
    let adapted = adapter?.configuration ?? configuration
    self.configuration = adapted
    self.tokenizer = tokenizer
    self.endOfSequence = Set(configuration.eos + endOfSequence)
    self.sentence = sentence
    model = try withoutActuallyEscaping(weights) { source in
      let over = adapter.map { WeightLoader.Over(parts: WeightLoader.Parts(), adapter: $0, mode: .merged) }
      return try Transformer(adapted, WeightLoader(source: source, over: over))
    }
    base = adapter == nil ? model : nil
    scratch = Scratch()
  }

  /// Loads a Hugging Face folder, and a PEFT folder over it.
  public convenience init(_ folder: ModelFolder, adapter: AdapterFolder? = nil) throws {
    try self.init(
      folder.configuration, adapter: try adapter.map(LoRAWeights.init), tokenizer: folder.tokenizer, endOfSequence: folder.generation.eos,
      sentence: folder.sentence
    ) { try folder.floats(named: $0) }
  }

  /// Another model over the same base: it shares the base's weights, scratch, tokenizer and settings.
  init(sharing engine: LanguageEngine, model: Transformer) {
    configuration = model.configuration
    tokenizer = engine.tokenizer
    endOfSequence = engine.endOfSequence
    sentence = engine.sentence
    self.model = model
    base = engine.base
    scratch = engine.scratch
  }

  /// Runs `body` with scratch for at least `rows` rows, alone.
  func withWorkspace<R>(rows: Int, _ body: (Workspace) throws -> R) rethrows -> R {
    try scratch.held.withLock { held in
      if let buffers = held.buffers, held.rows >= rows { return try body(buffers) }
      // Grown by half as much again, so that a few growing batches do not allocate each time.
      let capacity = max(rows, min(held.rows + held.rows / 2, Self.passRows), Workspace.logitRows(configuration))
      let buffers = Workspace(configuration, rows: capacity)
      held = Scratch.Held(rows: capacity, buffers: buffers)
      return try body(buffers)
    }
  }

  /// Checks that the model continues texts: that it can score, choose and generate.
  public func checkLanguageModel() throws(EngineFault) {
    guard case .language = configuration.head, configuration.isCausal else {
      throw .cannot("score, choose or generate", architecture: configuration.architecture)
    }
  }

  /// Checks prompts, with `extra` positions to follow each.
  func check(_ prompts: [[Int32]], extra: Int = 0) throws(EngineFault) {
    for (index, prompt) in prompts.enumerated() {
      guard !prompt.isEmpty else { throw .emptyPrompt(index: index) }
      guard prompt.count + extra <= configuration.maximumPositions else {
        throw .tooLong(index: index, tokens: prompt.count + extra, limit: configuration.maximumPositions)
      }
      if let id = prompt.first(where: { $0 < 0 || Int($0) >= configuration.vocabularySize }) {
        throw .unknownToken(index: index, id: id, vocabulary: configuration.vocabularySize)
      }
    }
  }

  /// Cuts `count` prompts, in order, into passes of at most `passRows` rows (a longer prompt goes alone) and `most` prompts.
  static func passes(_ count: Int, most: Int = .max, rows: (Int) -> Int) -> [Range<Int>] {
    var passes: [Range<Int>] = []
    var (first, sum) = (0, 0)
    for index in 0..<count {
      let these = rows(index)
      if index > first, sum + these > passRows || index - first >= most {
        passes.append(first..<index)
        (first, sum) = (index, 0)
      }
      sum += these
    }
    if first < count { passes.append(first..<count) }
    return passes
  }
}

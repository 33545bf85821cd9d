/// How an adapter goes over a base that is kept.
public enum AdapterMode: Sendable, Hashable {
  /// y = W x + s B (A x): the base's weights are shared, the adapter takes memory for A and B alone, and each pass a little longer.
  case beside
  /// y = (W + s B A) x: the layers that it changes are made anew, the others shared; a pass takes as long as the base's.
  case merged
}

extension LanguageEngine {
  /// This engine's base under an adapter: an engine of its own, over the same weights. Requests choose an adapter by the engine they are sent to.
  ///
  /// Embedding tables, norms, biases and modules that were trained as a whole are the adapter's own in either mode; all else is shared. Both modes give the
  /// reference's numbers; their last bits differ. The base stays as it was, bit for bit: to unmerge is to use it, or `unadapted()`.
  /// - tensors: the base's, as when the base was loaded; read are those that the adapter changes (with `.beside`, DoRA's and what is no linear layer)
  /// - Throws: `EngineFault.baseNotKept`; `ModelFault` for values that cannot be merged; what `tensors` throws
  public func adapted(by adapter: LoRAWeights, as mode: AdapterMode = .beside, tensors: any TensorSource) throws -> LanguageEngine {
    guard let base else { throw EngineFault.baseNotKept }
    let over = WeightLoader.Over(parts: base.parts, adapter: adapter, mode: mode)
    let model = try Transformer(adapter.configuration, WeightLoader(source: tensors, precision: precision, over: over))
    return LanguageEngine(sharing: self, model: model)
  }

  /// The base of a folder under a PEFT folder that was opened for it.
  public func adapted(by adapter: AdapterFolder, as mode: AdapterMode = .beside, over folder: ModelFolder) throws -> LanguageEngine {
    try adapted(by: LoRAWeights(adapter), as: mode, tensors: folder)
  }

  /// The base without an adapter.
  /// - Throws: `EngineFault.baseNotKept`
  public func unadapted() throws -> LanguageEngine {
    guard let base else { throw EngineFault.baseNotKept }
    return LanguageEngine(sharing: self, model: base)
  }
}

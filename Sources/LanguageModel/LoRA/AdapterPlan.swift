/// What an adapter does to one base: which modules have a low-rank pair, which tensors are replaced, and under which names the adapter's file holds all that.
struct AdapterPlan: Sendable {
  /// A and B beside a linear layer or an embedding table.
  struct Pair: Sendable {
    var module: Module
    /// PEFT's name of the module, in front of `.lora_A.weight`.
    var name: String
    var rank: Int
    /// s
    var scale: Float
  }

  /// A tensor of the base that the adapter's file has a value of its own for.
  struct Replacement: Sendable {
    enum Kind: Sendable {
      /// Trained beside the base, which keeps its own: `modules_to_save` and biases.
      case trained
      /// Stored along with an adapter of the embeddings; it stands for the base's own, and for a head tied to it.
      case base
    }
    /// The base's name.
    var tensor: String
    /// The adapter's name.
    var stored: String
    var shape: [Int]
    var kind: Kind
  }

  /// What the base's own folder does not have to say: how the adapter's file names things.
  struct Names: Sendable {
    /// Whether the file holds a tensor.
    var has: @Sendable (String) -> Bool = { _ in false }
    /// True where the adapter was trained on the bare model, whose paths lack the prefix.
    var isBare = false
  }

  private(set) var pairs: [Pair] = []
  private(set) var replacements: [Replacement] = []
  /// True where a head that was the embedding table is one no more.
  private(set) var untiesHead = false
  private(set) var faults: [(problem: String, hint: String)] = []

  private let configuration: AdapterConfiguration
  private let base: ModelConfiguration
  private let names: Names

  init(_ configuration: AdapterConfiguration, base: ModelConfiguration, names: Names = Names()) {
    (self.configuration, self.base, self.names) = (configuration, base, names)
    // PEFT sees a tied head as a module like any other.
    let modules = base.modules + (base.tiedHead.map { [.linear($0)] } ?? [])
    for module in modules { place(module) }
    checkTargets(modules)
    checkSaved(modules)
    checkTying()
  }

  /// The linear layers with a pair, in the model's order.
  var linears: [Linear] { pairs.compactMap { if case .linear(let linear) = $0.module { linear } else { nil } } }

  /// Every tensor the adapter's file holds, with its shape.
  var tensorShapes: [(name: String, shape: [Int])] {
    pairs.flatMap(shapes) + replacements.map { ($0.stored, $0.shape) }
  }

  private func shapes(_ pair: Pair) -> [(name: String, shape: [Int])] {
    var shapes: [(name: String, shape: [Int])]
    let width: Int
    switch pair.module {
    case .linear(let linear):
      width = linear.outputSize
      shapes = [("\(pair.name).lora_A.weight", [pair.rank, linear.inputSize]), ("\(pair.name).lora_B.weight", [width, pair.rank])]
      if configuration.hasBiasOfB { shapes.append(("\(pair.name).lora_B.bias", [width])) }
    case .table(let table):
      width = base.hiddenSize
      shapes = [("\(pair.name).lora_embedding_A", [pair.rank, table.rows]), ("\(pair.name).lora_embedding_B", [width, pair.rank])]
    case .norm: preconditionFailure("norms have no pair")
    }
    if configuration.usesDoRA { shapes.append(("\(pair.name).lora_magnitude_vector", [width])) }
    return shapes
  }

  // MARK: - Module by module

  /// The path as PEFT saw it.
  private func path(_ module: Module) -> String {
    names.isBare && module.path.hasPrefix(base.prefix) ? String(module.path.dropFirst(base.prefix.count)) : module.path
  }

  private mutating func place(_ module: Module) {
    let path = path(module)
    let stored = "base_model.model.\(path)"
    let isTied = module.path == base.tiedHead?.path
    let isPaired = configuration.selection.targets(path, inAllLinear: isInAllLinear(module, path))
    let isSaved = configuration.selection.saves(path)
    if isPaired && isSaved {
      faults.append(("\(path) is in target_modules and in modules_to_save", "take it out of one of them"))
    } else if isPaired {
      if case .norm = module {
        faults.append(("target_modules reaches \(path), which is a norm", "target linear layers and embeddings"))
        return
      }
      if case .table = module, configuration.hasBiasOfB {
        faults.append(("lora_bias is true and target_modules reaches the embedding \(path), which PEFT refuses too", "set lora_bias to false"))
      }
      pairs.append(Pair(module: module, name: stored, rank: configuration.rank(of: path), scale: configuration.scale(of: path)))
    }
    for (tensor, shape) in module.tensors(hidden: base.hiddenSize) {
      let own = String(tensor.dropFirst(module.path.count))
      let isTrainedBias = own == ".bias" && (configuration.bias == .all || configuration.bias == .loraOnly && isPaired)
      let wrapped = "\(stored).base_layer\(own)"
      if isSaved || isTrainedBias {
        // Older files name the bias of an adapted layer as the base does.
        let name = isPaired && !names.has("\(stored)\(own)") ? wrapped : "\(stored)\(own)"
        replacements.append(Replacement(tensor: tensor, stored: name, shape: shape, kind: .trained))
      } else if let name = [wrapped, "\(stored)\(own)"].first(where: names.has), own == ".weight", isTied || isEnd(module) {
        replacements.append(Replacement(tensor: isTied ? base.embedding.tokens : tensor, stored: name, shape: shape, kind: .base))
      }
    }
    if (isTied || base.tiedHead != nil && isEmbedding(module)) && (isPaired || isSaved) { untiesHead = true }
  }

  /// Whether `all-linear` means a module: linear layers, but neither the output layer nor, of a sequence classifier, its last one.
  private func isInAllLinear(_ module: Module, _ path: String) -> Bool {
    guard case .linear = module else { return false }
    switch base.head {
    case .none: return true
    case .language(let head, _): return module.path != (head ?? base.tiedHead)?.path
    case .classification: return !(configuration.task == "SEQ_CLS" && ["score", "classifier"].contains(path))
    }
  }

  private func isEmbedding(_ module: Module) -> Bool {
    if case .table(let table) = module { table.name == base.embedding.tokens } else { false }
  }

  /// The embedding or the language head, which PEFT stores along when one of them was targeted or resized.
  private func isEnd(_ module: Module) -> Bool {
    if case .language(let head?, _) = base.head, head.path == module.path { return true }
    return isEmbedding(module)
  }

  // MARK: - Checks

  private mutating func checkTargets(_ modules: [Module]) {
    let paths = modules.map(path)
    let groups = Set(paths.flatMap(ancestors)).subtracting(paths)
    let known = Set(modules.filter { if case .norm = $0 { false } else { true } }.compactMap { path($0).split(separator: ".").last }).sorted()
    let hint = "use the base it was trained on; this one has \(known.joined(separator: ", "))"
    switch configuration.selection.targets {
    case .list(let list):
      for name in list where !paths.contains(where: { AdapterSelection.Names.names(name, $0) }) {
        if groups.contains(where: { AdapterSelection.Names.names(name, $0) }) {
          faults.append(("target_modules names \"\(name)\", which is a group of modules", "name linear layers and embeddings"))
        } else if !base.isHarmless(name) && !base.isHarmless("\(name).") {
          faults.append(("target_modules names \"\(name)\", which is no module of the base", hint))
        }
      }
    case .pattern(let pattern):
      if let group = groups.sorted().first(where: { configuration.selection.targets($0, inAllLinear: false) }) {
        faults.append(("target_modules reaches \(group), which is a group of modules", "let the expression match linear layers and embeddings alone"))
      } else if pairs.isEmpty {
        faults.append(("target_modules is the regular expression \"\(pattern.text.prefix(80))\", which matches no module of the base", hint))
      }
    case .allLinear: break
    }
    for layer in configuration.selection.layers where layer >= base.layers {
      faults.append(("layers_to_transform names layer \(layer), the base has \(base.layers), counted from 0", "use the base it was trained on"))
    }
    if pairs.isEmpty && faults.isEmpty {
      faults.append(("no module is left of target_modules after exclude_modules, modules_to_save and layers_to_transform", hint))
    }
  }

  private mutating func checkSaved(_ modules: [Module]) {
    let paths = Set(modules.map(path))
    let all = paths.union(paths.flatMap(ancestors))
    for name in configuration.selection.saved where !all.contains(where: { $0.hasSuffix(name) }) {
      // PEFT adds both names to every classifier, which has one of them.
      if ["classifier", "score"].contains(name), case .classification = base.head { continue }
      if base.isHarmless("\(name).") { continue }
      faults.append(("modules_to_save names \"\(name)\", which is no module of the base", "use the base it was trained on"))
    }
  }

  private mutating func checkTying() {
    if untiesHead && configuration.keepsTied {
      faults.append(
        (
          "ensure_weight_tying is true for an adapter of a tied embedding, which is not done",
          "merge it with peft and give the merged model, or train with a base whose embeddings are not tied"
        ))
    }
  }

  private func ancestors(_ path: String) -> [String] {
    path.indices.filter { path[$0] == "." }.map { String(path[..<$0]) }
  }
}

/// Which modules of a base an adapter changes: PEFT's rules (`check_target_module_exists` in peft/tuners/tuners_utils.py, `_set_trainable` and `get_pattern_key` in
/// peft/utils/other.py, `_maybe_include_all_linear_layers`).
public struct AdapterSelection: Sendable, Hashable {
  /// Names or a regular expression that modules go by.
  public enum Names: Sendable, Hashable {
    /// A path is meant if it is a name, or ends with a dot and a name.
    case list([String])
    /// A path is meant if it matches from end to end.
    case pattern(PathPattern)
    /// `all-linear`: every linear layer but the output layer.
    case allLinear

    public var texts: [String] {
      switch self {
      case .list(let names): names
      case .pattern(let pattern): [pattern.text]
      case .allLinear: ["all-linear"]
      }
    }

    func matches(_ path: String) -> Bool {
      switch self {
      case .list(let names): names.contains { Self.names($0, path) }
      case .pattern(let pattern): pattern.matchesWhole(path)
      case .allLinear: false
      }
    }

    static func names(_ name: String, _ path: String) -> Bool { path == name || path.hasSuffix(".\(name)") }
  }

  /// `target_modules`
  public let targets: Names
  /// `exclude_modules`
  public private(set) var excluded = Names.list([])
  /// `modules_to_save`
  public private(set) var saved: [String] = []
  /// `layers_to_transform`; empty for all.
  public private(set) var layers: [Int] = []
  /// `layers_pattern`: names of the list of layers; empty for any.
  public private(set) var layersPatterns: [String] = []
  private var savedPatterns: [PathPattern] = []
  private var indexPatterns: [PathPattern] = []

  public init(targets: Names) {
    self.targets = targets
  }

  /// - Throws: `RegexFault`, where a name of `saved` or `layersPatterns` is no regular expression
  init(targets: Names, excluded: Names, saved: [String], layers: [Int], layersPatterns: [String]) throws(RegexFault) {
    (self.targets, self.excluded, self.saved, self.layers, self.layersPatterns) = (targets, excluded, saved, layers, layersPatterns)
    for name in saved { savedPatterns.append(try PathPattern("(^|.*\\.)\(name)($|\\..*)")) }
    // The first number counts, not the last: "layers.1.experts.0".
    if layersPatterns.isEmpty { indexPatterns = [try PathPattern(".*?\\.[^.]*\\.(?=\\d+\\.)")] }
    for name in layersPatterns { indexPatterns.append(try PathPattern("(?:^|.*?\\.)\(name)\\.(?=\\d+\\.)")) }
  }

  /// Nothing but `targets`.
  var isPlain: Bool { excluded == .list([]) && saved.isEmpty && layers.isEmpty }

  /// Whether a low-rank pair stands beside the module.
  /// - inAllLinear: whether `all-linear` means it
  func targets(_ path: String, inAllLinear: Bool) -> Bool {
    if excluded.matches(path) || savedPatterns.contains(where: { $0.matchesStart(path) }) { return false }
    switch targets {
    case .pattern(let pattern): return pattern.matchesWhole(path)
    case .allLinear: return inAllLinear
    case .list(let names):
      // A full path goes before the choice of layers.
      if names.contains(path) { return true }
      return targets.matches(path) && hasLayer(path)
    }
  }

  /// Whether the module is replaced as a whole.
  func saves(_ path: String) -> Bool {
    // Not only behind a dot, and everything below what is named.
    var ancestor = path[...]
    while true {
      if saved.contains(where: { ancestor.hasSuffix($0) }) { return true }
      guard let dot = ancestor.lastIndex(of: ".") else { return false }
      ancestor = ancestor[..<dot]
    }
  }

  private func hasLayer(_ path: String) -> Bool {
    guard !layers.isEmpty else { return true }
    let number = indexPatterns.lazy.filter { $0.matchesStart(path) }.first.flatMap { $0.number(after: path) }
    return number.map { layers.contains($0) } ?? false
  }
}

/// `rank_pattern` or `alpha_pattern`: values of modules that differ from the rest, in the order of the file, which counts.
public struct AdapterPatterns: Sendable, Hashable {
  struct Entry: Sendable, Hashable {
    var key: String
    var pattern: PathPattern
    var value: Double
  }

  private(set) var entries: [Entry] = []

  public init() {}

  mutating func add(_ key: String, _ value: Double) throws(RegexFault) {
    entries.append(Entry(key: key, pattern: try PathPattern("(.*\\.)?(\(key))$"), value: value))
  }

  public var isEmpty: Bool { entries.isEmpty }

  func value(of path: String) -> Double? { entries.first { $0.pattern.matchesStart(path) }?.value }
}

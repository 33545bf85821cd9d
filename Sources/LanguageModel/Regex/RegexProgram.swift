/// A regular expression as steps for `RegexMatcher`.
struct RegexProgram: Sendable {
  enum Step: Sendable {
    case set(Int)
    /// A run of characters of a set, as many as there are or as few as will do.
    case run(set: Int, lower: Int, upper: Int, RegexGreed)
    /// Goes on at the first, and at the second if that fails.
    case fork(Int, Int)
    case jump(Int)
    case assertion(RegexAssertion)
    case look(program: Int, lengths: ClosedRange<Int>?, isNegative: Bool)
    case atomic(program: Int)
    case match
  }

  private(set) var steps: [Step] = []
  private(set) var sets: [IndexedSet] = []
  /// Bodies of look-around and atomic groups.
  private(set) var bodies: [RegexProgram] = []
  private var setPlaces: [ScalarSet: Int] = [:]
  /// Tells the programs of one expression apart.
  let number: Int
  private var budget: Int
  /// Of the budget, what bodies may take.
  private var bodyBudget: Int

  init(_ node: RegexNode, _ dialect: RegexDialect) throws(RegexFault) {
    try self.init(node, budget: dialect.maximumSteps, bodyBudget: dialect.maximumBodySteps)
  }

  static let empty = RegexProgram()

  private init() {
    steps = [.match]
    (number, budget, bodyBudget) = (0, 0, 0)
  }

  private init(_ node: RegexNode, budget: Int, bodyBudget: Int) throws(RegexFault) {
    number = budget
    self.budget = budget
    self.bodyBudget = bodyBudget
    try add(node)
    try append(.match)
  }

  private mutating func append(_ step: Step) throws(RegexFault) {
    try spend()
    steps.append(step)
  }

  /// What adds no step costs one too, or nothing repeated often enough would take for ever.
  private mutating func spend() throws(RegexFault) {
    budget -= 1
    guard budget > 0 else { throw RegexFault(position: 1, problem: "with its repeats written out, it has too many steps") }
  }

  private mutating func place(of set: ScalarSet) -> Int {
    if let known = setPlaces[set] { return known }
    sets.append(IndexedSet(set))
    setPlaces[set] = sets.count - 1
    return sets.count - 1
  }

  private mutating func body(_ node: RegexNode) throws(RegexFault) -> Int {
    let given = min(budget, bodyBudget)
    let program = try RegexProgram(node, budget: given, bodyBudget: given)
    bodyBudget -= given - program.budget
    budget -= given - program.budget
    bodies.append(program)
    return bodies.count - 1
  }

  private mutating func add(_ node: RegexNode) throws(RegexFault) {
    try spend()
    switch node {
    case .set(let set): try append(.set(place(of: set)))
    case .sequence(let nodes): for node in nodes { try add(node) }
    case .alternatives(let nodes): try addAlternatives(nodes)
    case .repeated(.set(let set), let lower, let upper, let greed):
      try append(.run(set: place(of: set), lower: lower, upper: upper ?? .max, greed))
    case .repeated(let node, let lower, let upper, .possessive):
      try append(.atomic(program: try body(.repeated(node, lower: lower, upper: upper, .greedy))))
    case .repeated(let node, let lower, let upper, let greed): try addRepeat(node, lower, upper, isLazy: greed == .lazy)
    case .assertion(let assertion): try append(.assertion(assertion))
    case .look(let node, let isBehind, let isNegative):
      let length = node.length
      try append(.look(program: try body(node), lengths: isBehind ? length.least...(length.most ?? length.least) : nil, isNegative: isNegative))
    case .atomic(let node): try append(.atomic(program: try body(node)))
    }
  }

  private mutating func addAlternatives(_ nodes: [RegexNode]) throws(RegexFault) {
    var jumps: [Int] = []
    for (place, node) in nodes.enumerated() {
      guard place < nodes.count - 1 else {
        try add(node)
        break
      }
      let fork = steps.count
      try append(.fork(0, 0))
      try add(node)
      jumps.append(steps.count)
      try append(.jump(0))
      steps[fork] = .fork(fork + 1, steps.count)
    }
    for jump in jumps { steps[jump] = .jump(steps.count) }
  }

  private mutating func addRepeat(_ node: RegexNode, _ lower: Int, _ upper: Int?, isLazy: Bool) throws(RegexFault) {
    for _ in 0..<lower { try add(node) }
    var forks: [Int] = []
    if let upper {
      for _ in lower..<max(lower, upper) {
        forks.append(steps.count)
        try append(.fork(0, 0))
        try add(node)
      }
    } else {
      forks.append(steps.count)
      try append(.fork(0, 0))
      try add(node)
      try append(.jump(forks[0]))
    }
    for fork in forks { steps[fork] = isLazy ? .fork(steps.count, fork + 1) : .fork(fork + 1, steps.count) }
  }
}

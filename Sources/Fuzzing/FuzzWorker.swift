package import Foundation

/// The child: tries one input after the other until its time is over. Dies with an input that is a finding.
package struct FuzzWorker {
  let target: FuzzTarget
  let corpus: URL
  let folder: URL
  let seed: UInt64
  /// Inputs to pass over: those tried before a finding.
  let skip: Int
  let runs: Int?
  let deadline: Date
  /// Seconds that one input may take.
  let patience: Int
  let megabytes: Int

  /// Names of the files in the folder by which parent and child understand one another.
  static let inputName = "current-input"
  static let countName = "current-run"
  static let promiseName = "current-promise"
  /// The exit code of a broken promise.
  static let brokenPromise: Int32 = 3

  /// Inputs of the corpus, in the order of their names.
  package static func inputs(_ corpus: URL) throws -> [[UInt8]] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: corpus.path)) ?? []
    return try names.sorted().filter { !$0.hasPrefix(".") && $0 != "README.md" }.map {
      [UInt8](try Data(contentsOf: corpus.appendingPathComponent($0)))
    }
  }

  package init(
    target: FuzzTarget, corpus: URL, folder: URL, seed: UInt64, skip: Int, runs: Int?, deadline: Date, patience: Int, megabytes: Int
  ) {
    self.target = target
    self.corpus = corpus
    self.folder = folder
    self.seed = seed
    self.skip = skip
    self.runs = runs
    self.deadline = deadline
    self.patience = patience
    self.megabytes = megabytes
  }

  package func run() throws {
    // An allocation without bound fails here and not on the machine. Address space is what the system can bound.
    var limit = rlimit(rlim_cur: rlim_t(megabytes) << 20, rlim_max: rlim_t(megabytes) << 20)
    guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { throw Promise(description: "could not bound the memory") }
    let corpus = try Self.inputs(corpus)
    var mutator = Mutator(seed: seed, corpus: corpus, words: target.words, hasLength: target.hasLength)
    var count = 0
    while runs.map({ count < $0 }) ?? true {
      // The corpus itself comes first.
      let input = count < corpus.count ? corpus[count] : mutator.next()
      count += 1
      if count <= skip { continue }
      try attempt(input, number: count)
      if count.isMultiple(of: 64), Date() >= deadline { break }
    }
    try leave("\(count)", Self.countName)
  }

  private func attempt(_ input: [UInt8], number: Int) throws {
    try Data(input).write(to: folder.appendingPathComponent(Self.inputName))
    try leave("\(number)", Self.countName)
    alarm(UInt32(patience))
    defer { alarm(0) }
    do {
      try target.run(input, in: folder)
    } catch let broken as Promise {
      try leave(broken.description, Self.promiseName)
      exit(Self.brokenPromise)
    }
  }

  private func leave(_ text: String, _ name: String) throws { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
}

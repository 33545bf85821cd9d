import Foundation
import TestSupport
import Testing

@testable import Fuzzing

struct FuzzingTests {
  private static func corpus(_ target: FuzzTarget) throws -> [[UInt8]] {
    try FuzzWorker.inputs(TestSupport.fixtures.appending(path: "fuzz").appending(path: target.rawValue))
  }

  /// Enough to see that a target works; `make fuzz` does the looking.
  private static let runs = 300

  @Test(arguments: FuzzTarget.allCases)
  func `every input of the corpus, and damaged ones, are read or refused`(target: FuzzTarget) throws {
    let folder = try TemporaryFolder()
    let corpus = try Self.corpus(target)
    #expect(!corpus.isEmpty)
    var mutator = Mutator(seed: 1, corpus: corpus, words: target.words, hasLength: target.hasLength)
    for input in corpus { try target.run(input, in: folder.url) }
    for _ in 0..<Self.runs { try target.run(mutator.next(), in: folder.url) }
  }

  @Test func `the same seed damages in the same way, another in another`() throws {
    let corpus = try Self.corpus(.template)
    func inputs(_ seed: UInt64) -> [[UInt8]] {
      var mutator = Mutator(seed: seed, corpus: corpus, words: FuzzTarget.template.words, hasLength: false)
      return (0..<50).map { _ in mutator.next() }
    }
    #expect(inputs(7) == inputs(7))
    #expect(inputs(7) != inputs(8))
  }

  @Test func `a header's length is kept true in most damaged safetensors files`() throws {
    let corpus = try Self.corpus(.safetensors)
    var mutator = Mutator(seed: 3, corpus: corpus, words: FuzzTarget.safetensors.words, hasLength: true)
    let fitting = (0..<400).count { _ in
      let input = mutator.next()
      guard input.count >= 8 else { return false }
      let length = input[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      return length <= UInt64(input.count - 8)
    }
    #expect(fitting > 200)
  }
}

import Kernels
import Testing

@testable import LanguageModel

/// Many prompts generated side by side, as room for them comes free.
@Suite struct GenerationBatchTests {
  @Test func `prompts of all lengths, more than are decoded together, are continued as each alone`() throws {
    let engine = try TinyLlama.engine()
    let prompts = (0..<75).map { number in (0..<1 + number % 13).map { Int32(($0 * 31 + number * 7) % 250) } }
    var options = GenerationOptions()
    options.maximumTokens = 12
    // Some end early: the next prompt takes their place.
    options.stopTokens = Array(0..<60)
    let together = try engine.generate(prompts, options: options)
    #expect(Set(together.map(\.tokens.count)).count > 3)
    for (i, prompt) in prompts.enumerated() { #expect(try engine.generate([prompt], options: options) == [together[i]]) }
    options.temperature = 0.9
    let seeds = prompts.indices.map { UInt64($0 * 3 + 1) }
    let drawn = try engine.generate(prompts, options: options, seeds: seeds)
    for i in [0, 31, 32, 74] { #expect(try engine.generate([prompts[i]], options: options, seeds: [seeds[i]]) == [drawn[i]]) }
  }

  @Test func `each token goes through the model once`() throws {
    let engine = try TinyLlama.engine()
    var options = GenerationOptions()
    (options.maximumTokens, options.ignoreEndOfSequence) = (5, true)
    let before = engine.tokensComputed
    _ = try engine.generate([[1, 2, 3], [4, 5]], options: options)
    #expect(engine.tokensComputed - before == 5 + 2 * 4)
  }

  @Test func `a cache lets in what it has pages for, and keeps what is put across pages`() throws {
    let configuration = try TinyLlama.engine().configuration
    let rows = KeyValueCache.pageRows
    let width = configuration.blocks[0].attention.keyValueWidth
    let pageBytes = configuration.blocks.count * width * 2 * rows * 4
    let cache = KeyValueCache(configuration, capacities: [2 * rows, rows, rows + 1, 1], together: 3, bytes: 3 * pageBytes)
    #expect(cache.keys[0].rows == 3 * rows)
    #expect(cache.open(0, positions: 2 * rows) && cache.open(1, positions: rows))
    #expect(!cache.open(2, positions: rows + 1) && !cache.open(3, positions: 1))
    let values = Matrix((0..<(rows + 2) * width).map(Float.init), rows: rows + 2, columns: width)
    cache.put(values, values, layer: 1, sequence: 0, at: rows - 2)
    let pages = cache.pages(of: 0)
    for i in 0..<rows + 2 {
      let position = rows - 2 + i
      #expect(cache.keys[1].row(pages[position / rows] * rows + position % rows) == values.row(i))
    }
    cache.close(0)
    #expect(cache.open(2, positions: rows + 1) && Set(cache.pages(of: 2)).isDisjoint(with: cache.pages(of: 1)))
    // One sequence always has room, whatever the bound.
    #expect(KeyValueCache(configuration, capacities: [5 * rows], together: 3, bytes: 1).keys[0].rows == 5 * rows)
  }
}

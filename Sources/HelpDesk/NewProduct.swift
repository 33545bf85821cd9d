/// A product that comes onto the market on day 15, with a language of its own: the maker gave everything about it a made-up name, and
/// customers use the names.
///
/// Each queue has a stem, used as verb and as noun, that decides where a message belongs; the rest of such a message is as neutral as can be. A
/// model that has never seen the words can only guess; one that has seen a few hundred labelled rows can learn them. Which word means what
/// depends on the seed.
package struct NewProduct: Sendable {
  /// `Zorvex Pod`.
  package let name: String
  /// The device's parts, the same for all queues.
  package let parts: [String]
  /// `glimp`, as in "my pod will not glimp"; decides the queue.
  package let verbs: [Queue: String]
  /// `glimpage`, as in "the glimpage of my pod"; decides the queue.
  package let nouns: [Queue: String]

  package init(seed: UInt64) {
    var random = SplitMix64(seed: seed, domain: "new product", index: 0)
    name = random.pick(NewProduct.names)
    parts = Array(random.shuffled(NewProduct.partWords).prefix(3))
    verbs = Dictionary(uniqueKeysWithValues: zip(Queue.allCases, random.shuffled(NewProduct.stems)))
    nouns = verbs.mapValues { $0 + NewProduct.nounEnding }
  }

  /// All its words in lower case; none of them occurs anywhere before the product appears.
  package var words: Set<String> {
    Set(name.lowercased().split(separator: " ").map(String.init)).subtracting(["pod"]).union(parts).union(verbs.values).union(nouns.values)
  }

  /// Every word that the new product of any seed may have.
  package static let allWords: Set<String> = {
    let first = names.compactMap { $0.lowercased().split(separator: " ").first.map(String.init) }
    return Set(first + partWords + stems + stems.map { $0 + nounEnding })
  }()

  /// The slots of `asks` and `details` for one queue.
  func jargon(for queue: Queue, _ random: inout SplitMix64) -> [String: String] {
    guard let verb = verbs[queue], let noun = nouns[queue] else { preconditionFailure("every queue has its words") }
    return ["verb": verb, "noun": noun, "part": random.pick(parts)]
  }

  // MARK: - What is said about it

  /// Each holds at least one deciding word.
  static let asks: [Template] = [
    "(how do I|how can I|where do I) <verb> (the|my) <product>?", "I (want|would like|need) to <verb> (the|my) <product> (and see no way to do it|)",
    "(can|could) (you|someone) <verb> the <product> (for me|please)?",
    "please <verb> my <product>, the <noun> is (waiting|why I write)", "my <product> (will not|does not|cannot) <verb> (since <when>|any more|)",
    "the <noun> (of|on|for) my <product> is (not what it should be|wrong|a riddle to me)",
    "I have a question about the <noun> (of|for) (the|my) <product>", "what (is|about) the <noun> (of|for) (the|my) new <product>?",
    "the <product> tells me to <verb> (the <part>|first) and (then|) nothing happens",
    "(my|the) <product> (and its|with its) <part>: it is about the <noun> (again|)",
    "since <when> the <noun> (is|has been) on my mind, can (you|someone) <verb> (the <product>|it)?",
    "I tried to <verb> the <part> of my <product> (<when>|), (no luck|without success)",
    "who (takes care|looks after) the <noun> when a <product> is (involved|concerned)?",
    "(a|the) <noun> came with my <product> (<when>|) and I (must|should) <verb> it (I think|)",
    "there is something about the <noun> and the <part> (of the <product>|)",
  ]
  static let details: [Template] = [
    "the <part> looks all right", "I (got|have had) it since <when>", "it is the <noun> that matters", "nobody could <verb> it so far",
    "the leaflet speaks of a <noun>", "my neighbour has one too",
    "the <part> glows a little",
  ]

  private static let names = ["Zorvex Pod", "Quillon Pod", "Ubrix Pod", "Yandri Pod", "Hexolu Pod", "Ovantik Pod"]
  private static let partWords = ["velmic", "daskor", "tindrul", "ombrel", "pravik", "yulket"]
  /// Verbs; the noun of each is made with `nounEnding`.
  private static let stems = [
    "glimp", "snurv", "klebor", "fluvad", "vantrix", "crizmol", "wexud", "tuvan", "hokar", "gribun", "quonk", "jaspim", "lomsir", "ospik", "zubnar",
    "mubelt",
    "drosk", "yornaz",
  ]
  private static let nounEnding = "age"
}

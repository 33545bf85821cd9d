/// Writes messages: a main ask, perhaps with detail, a second matter or small talk, in the manner of its channel and speech.
///
/// A message is a function of (seed, domain, index, mix).
package struct MessageWriter: Sendable {
  package let seed: UInt64
  /// Keeps the streams of training, suites and traffic apart.
  package let domain: String

  package init(seed: UInt64, domain: String) {
    self.seed = seed
    self.domain = domain
  }

  package func message(_ index: Int, mix: MessageMix = .original) -> Message {
    var random = SplitMix64(seed: seed, domain: domain, index: index)
    return MessageWriter.compose(mix, &random)
  }

  static func compose(_ mix: MessageMix, _ random: inout SplitMix64) -> Message {
    let speech: Speech = random.chance(mix.regionalShare) ? .regional : .standard
    let channel = Channel.draw(&random)
    let region = Region.draw(speech: speech, &random)
    let newProduct = mix.newProduct.flatMap { random.chance(mix.newProductShare) ? $0 : nil }

    let core = newProduct.map { Core.about($0, &random) } ?? Core.ordinary(&random)
    var text = Manner.arrange(core, channel: channel, &random)
    if speech == .regional { text = Dialect.hethish(text, keeping: newProduct?.words ?? []) }
    switch channel {
    case .email: text = Noise.typos(text, rate: 0.012 * mix.typoFactor, &random)
    case .chat:
      text = Noise.typos(text, rate: 0.035 * mix.typoFactor, &random)
      if random.chance(0.35) { text = text.lowercased() }
    case .phone: text = Noise.spoken(text, &random)
    }
    if random.chance(mix.roughShare) {
      if random.chance(0.12) { text = Noise.shouted(text, &random) }
      if random.chance(0.7) { text = Noise.littered(text, &random) }
    }
    return Message(
      text: text, channel: channel, region: region, speech: speech, queue: core.queue, aboutNewProduct: newProduct != nil, gist: core.gist)
  }
}

/// What a message is about, before anybody says it: the ask and what goes with it, as clauses without a full stop.
struct Core {
  var queue: Queue
  var gist: String
  var ask: String
  var detail: String
  /// A second, minor matter of another queue, already introduced as such.
  var aside: String?

  /// Share of the messages that two queues could claim with equal right.
  static let ambiguousShare = 0.065
  static let mixedShare = 0.17
  /// Of the messages about the new product: those that say in ordinary words what is wanted.
  static let plainNewProductShare = 0.15

  static func ordinary(_ random: inout SplitMix64, product: String? = nil) -> Core {
    if product == nil, random.chance(ambiguousShare) { return ambiguous(&random) }
    let queue = Queue.draw(&random)
    let intent = random.pick(QueueGrammar.of(queue).intents)
    var slots = Slots(product: product, &random)
    let ask = random.pick(intent.asks.map { ($0, Double($0.phrasings).squareRoot()) }).expand(&slots, &random)
    let detail = random.pick(intent.details).expand(&slots, &random)
    let aside = random.chance(mixedShare) ? aside(besides: queue, &random) : nil
    return Core(queue: queue, gist: intent.gist, ask: ask, detail: detail, aside: aside)
  }

  static func ambiguous(_ random: inout SplitMix64) -> Core {
    let which = random.pick(AmbiguousAsk.all)
    var slots = Slots(&random)
    let queue = random.chance(0.5) ? which.first : which.second
    return Core(
      queue: queue, gist: "", ask: random.pick(which.asks).expand(&slots, &random), detail: random.pick(Manner.smallTalk).expand(&slots, &random))
  }

  static func about(_ product: NewProduct, _ random: inout SplitMix64) -> Core {
    if random.chance(plainNewProductShare) { return ordinary(&random, product: product.name) }
    let queue = Queue.draw(&random)
    var slots = Slots(product: product.name, jargon: product.jargon(for: queue, &random), &random)
    let ask = random.pick(NewProduct.asks).expand(&slots, &random)
    let detail = random.pick(NewProduct.details).expand(&slots, &random)
    return Core(queue: queue, gist: "", ask: ask, detail: detail)
  }

  private static func aside(besides queue: Queue, _ random: inout SplitMix64) -> String {
    let others = Queue.allCases.filter { $0 != queue }
    var slots = Slots(&random)
    let mention = random.pick(QueueGrammar.of(random.pick(others)).asides).expand(&slots, &random)
    return random.pick(["by the way", "another thing", "apart from that", "on a side note", "oh and"]) + ", " + mention
  }
}

import Testing

@testable import HelpDesk

struct MessageTests {
  private func messages(_ count: Int, seed: UInt64 = 1, mix: MessageMix = .original) -> [Message] {
    let writer = MessageWriter(seed: seed, domain: "test")
    return (0..<count).map { writer.message($0, mix: mix) }
  }

  private func words(_ text: String) -> Set<String> {
    Set(text.lowercased().split { !$0.isLetter && $0 != "-" && $0 != "'" }.map(String.init))
  }

  @Test func `there are at least 20000 distinct messages`() {
    let texts = Set(messages(21_000).map(\.text))
    #expect(texts.count >= 20_000)
  }

  @Test func `a message is a function of seed, domain and index`() {
    let writer = MessageWriter(seed: 5, domain: "test")
    #expect(writer.message(77) == MessageWriter(seed: 5, domain: "test").message(77))
    #expect(messages(50, seed: 5) == messages(50, seed: 5))
    #expect(messages(50, seed: 5) != messages(50, seed: 6))
    #expect(writer.message(77) != MessageWriter(seed: 5, domain: "other").message(77))
  }

  @Test func `a message of a seed is the same on every machine and in every version`() {
    // Changing the grammar changes this text, and then the fixture model wants to be trained again.
    #expect(
      MessageWriter(seed: 1, domain: "o").message(3).text
        == "Good morning,\nI have been a customer since 2018. I see a double charge on the April invoice. Both lines carry the same date and the same number. Please let me know.\nRegards"
    )
  }

  @Test func `every queue gets its share of the messages`() {
    var counts: [Queue: Int] = [:]
    let all = messages(6_000)
    for message in all { counts[message.queue, default: 0] += 1 }
    for queue in Queue.allCases {
      let share = Double(counts[queue, default: 0]) / Double(all.count)
      #expect(share > 0.04 && share < 0.15, "\(queue): \(share)")
    }
  }

  @Test func `the shares of the queues sum to 1`() {
    #expect(abs(Queue.allCases.reduce(0) { $0 + $1.share } - 1) < 1e-12)
  }

  @Test func `most messages have 10 to 40 words and none is empty`() {
    let lengths = messages(4_000).map { $0.text.split(whereSeparator: \.isWhitespace).count }.sorted()
    #expect(lengths[0] >= 4)
    #expect(lengths[lengths.count / 20] >= 9)
    #expect((18...28).contains(lengths[lengths.count / 2]))
    #expect(lengths[lengths.count * 19 / 20] <= 40)
    #expect(lengths[lengths.count - 1] <= 80)
  }

  @Test func `every queue can be asked in at least 15 ways for at least five things`() {
    for queue in Queue.allCases {
      let grammar = QueueGrammar.of(queue)
      #expect(grammar.queue == queue)
      #expect(grammar.intents.count >= 5)
      #expect(grammar.intents.reduce(0) { $0 + $1.asks.count } >= 15)
      #expect(grammar.intents.reduce(0) { $0 + $1.asks.reduce(0) { $0 + $1.phrasings } } >= 60)
      #expect(grammar.themes.count >= 3 && grammar.asides.count >= 3)
    }
  }

  @Test func `every template can be expanded`() {
    var random = SplitMix64(seed: 3)
    var slots = Slots(&random)
    let templates = Queue.allCases.flatMap { QueueGrammar.of($0).intents.flatMap { $0.asks + $0.details } + QueueGrammar.of($0).asides }
    for template in templates + AmbiguousAsk.all.flatMap(\.asks) {
      for _ in 0..<20 { #expect(!template.expand(&slots, &random).isEmpty) }
    }
  }

  @Test func `two queues have equal right to about one message in fifteen`() {
    var random = SplitMix64(seed: 9)
    var ambiguous = 0
    for _ in 0..<4_000 where Core.ordinary(&random).gist.isEmpty { ambiguous += 1 }
    #expect((200...320).contains(ambiguous), "\(ambiguous) of 4000")
  }

  // MARK: - Channels

  @Test func `mails have lines for greeting and name, transcripts have neither capitals nor commas`() {
    for message in messages(2_000) {
      switch message.channel {
      case .email: #expect(message.text.split(separator: "\n").count == 3)
      case .phone: #expect(message.text == message.text.lowercased() && !message.text.contains(",") && !message.text.contains("\n"))
      case .chat: #expect(!message.text.contains("\n"))
      }
    }
  }

  // MARK: - The regional variety

  @Test func `Hethish words never occur in standard messages`() {
    // Without slips, which may make any word.
    let mix = MessageMix(regionalShare: 0, newProduct: NewProduct(seed: 1), newProductShare: 0.3, typoFactor: 0)
    let hethish = Set(Dialect.words.values)
    for message in messages(8_000, mix: mix) {
      let foreign = words(message.text).intersection(hethish)
      #expect(foreign.isEmpty, "\(foreign) in: \(message.text)")
    }
  }

  @Test func `regional messages are full of Hethish words`() {
    let hethish = Set(Dialect.words.values)
    let all = messages(1_000, mix: MessageMix(regionalShare: 1, typoFactor: 0))
    #expect(all.allSatisfy { $0.speech == .regional })
    let without = all.filter { words($0.text).isDisjoint(with: hethish) }
    #expect(without.count <= 10, "\(without.map(\.text))")
    let average = all.reduce(0) { $0 + words($1.text).intersection(hethish).count } / all.count
    #expect(average >= 5, "\(average) a message")
  }

  @Test func `Hethish keeps names, numbers and order of the words`() {
    let text = Dialect.hethish("Where is my parcel with the Owlet Duo camera? I wait in Ostwick for order LM-204815.")
    #expect(text == "Quar bes min trossel mid thae Owlet Duo kamera? ik veyt yn Ostwick vor bestel LM-204815.")
  }

  @Test func `Hethish has at least 40 words of its own and no word for two spellings of itself`() {
    #expect(Dialect.words.count >= 40)
    #expect(Set(Dialect.words.keys).isDisjoint(with: Dialect.words.values))
  }

  @Test func `about 3 percent of the original messages are regional`() {
    let share = Double(messages(6_000).count { $0.speech == .regional }) / 6_000
    #expect(share > 0.022 && share < 0.038, "\(share)")
  }

  // MARK: - The new product

  @Test func `no word of any new product occurs in original messages`() {
    for message in messages(6_000) {
      let foreign = words(message.text).intersection(NewProduct.allWords)
      #expect(foreign.isEmpty && !message.aboutNewProduct, "\(foreign) in: \(message.text)")
    }
  }

  @Test func `words of the new product decide the queue, in either speech`() {
    let product = NewProduct(seed: 4)
    let mix = MessageMix(regionalShare: 0.3, newProduct: product, newProductShare: 1, typoFactor: 0)
    for message in messages(1_500, mix: mix) where message.gist.isEmpty {
      let found = words(message.text)
      for queue in Queue.allCases {
        guard let verb = product.verbs[queue], let noun = product.nouns[queue] else { continue }
        #expect(queue == message.queue || !(found.contains(verb) || found.contains(noun)), "\(message.queue): \(message.text)")
        if queue == message.queue { #expect(found.contains(verb) || found.contains(noun), "\(message.text)") }
      }
    }
  }

  @Test func `seeds give the new product different words`() {
    #expect(NewProduct(seed: 1).verbs != NewProduct(seed: 2).verbs)
    #expect(Set(NewProduct(seed: 1).verbs.values).count == 12)
    #expect(Set(NewProduct(seed: 1).nouns.values).count == 12)
  }
}

/// How a message is put together on each channel: greeting, opening, ask, detail, small talk, sign-off.
enum Manner {
  static func arrange(_ core: Core, channel: Channel, _ random: inout SplitMix64) -> String {
    var slots = Slots(&random)
    func phrase(_ templates: [Template]) -> String { random.pick(templates).expand(&slots, &random) }

    var sentences: [String] = []
    var ask = core.ask
    // A short opening may lead into the ask within the same sentence.
    if random.chance(channel == .email ? 0.3 : 0.2), !ask.hasSuffix("?") { ask = phrase(openings) + " " + ask }
    sentences.append(ask)
    if random.chance(channel == .chat ? 0.55 : 0.75) {
      // The detail may come first: "I restarted the box twice. We have no internet."
      sentences.insert(core.detail, at: random.chance(0.25) ? 0 : 1)
    }
    if let aside = core.aside {
      sentences.insert(aside, at: random.chance(0.3) ? 0 : sentences.count)
    } else if random.chance(channel == .chat ? 0.25 : 0.4) {
      sentences.insert(phrase(smallTalk), at: random.chance(0.4) ? 0 : sentences.count)
    }
    var text = sentences.map(sentence).joined(separator: " ")
    switch channel {
    case .email:
      text = phrase(emailGreetings) + "\n" + text
      if random.chance(0.35) { text += " " + sentence(phrase(requests)) }
      text += "\n" + phrase(signOffs)
    case .chat:
      if random.chance(0.45) { text = phrase(chatGreetings) + " " + text }
      if random.chance(0.15) { text += " " + phrase(["thanks", "thx", "pls help", "anyone there?", "ok?"]) }
    case .phone:
      text = sentence(phrase(phoneOpenings)) + " " + text
      if random.chance(0.3) { text += " " + sentence(phrase(requests)) }
    }
    return text
  }

  /// Capital first, full stop last.
  private static func sentence(_ clause: String) -> String {
    let text = clause.prefix(1).uppercased() + clause.dropFirst()
    return text.hasSuffix("?") || text.hasSuffix(".") || text.hasSuffix("!") ? text : text + "."
  }

  private static let emailGreetings: [Template] = [
    "Hello,", "Dear (team|Larkmere team|Sir or Madam|help desk),", "Hi (there|Larkmere|all),", "Good (morning|afternoon|evening),",
    "To whom it may concern,",
  ]
  private static let signOffs: [Template] = [
    "(Best|Kind) regards, <name>", "Yours, <name>", "Thank you, <name>", "<name>", "Many thanks, <name>", "Greetings from <town>, <name>", "Regards",
  ]
  private static let chatGreetings: [Template] = ["hi,", "hey,", "Hello!", "good morning,", "hi there,", "Hi!", "hello again,"]
  private static let phoneOpenings: [Template] = [
    "yes hello (this is <name>|)", "hi it is <name> (from <town>|)", "good (morning|afternoon) (my name is <name>|)", "hello can you hear me",
    "right so", "oh hello at last",
  ]
  private static let openings: [Template] = [
    "I am writing because", "it is about this:", "my problem is that", "the thing is,", "sorry to bother you but", "I must tell you that",
    "just so you know,", "look,",
    "to be short,",
  ]
  private static let requests: [Template] = [
    "please let me know", "can you look into it?", "please answer soon", "I hope you can help", "what should I do?",
    "please call me (back|) after <hour>", "waiting for your answer",
  ]
  /// Says nothing about what is wanted.
  static let smallTalk: [Template] = [
    "I have been a customer since <year>", "I live in <town>", "my neighbour told me to write to you", "the weather in <town> is dreadful",
    "my daughter helps me write this",
    "I am on holiday until <day>", "I work nights, so excuse the hour", "we (have|own) <count> things from you", "I bought it in the shop in <town>",
    "I am seventy, be patient with me",
    "it is the third time I write", "I could not find this on your page", "I asked a friend first", "(this|it) has been going on for <span>",
    "sorry for the long message",
    "my dog sends greetings", "I tried to call <when>", "the last answer did not help me", "we have guests on <day>", "I am in a hurry",
  ]
}

/// What is written around messages at the desk: notes, answers, explanations of the queues. Base text for the language model, nothing else.
enum DeskNotes {
  /// One piece of text: a bare message, a message with the desk's answer or note, or a sentence about the queues.
  /// - Returns: the text, and the customer's message inside it where there is one.
  static func text(_ random: inout SplitMix64) -> (text: String, message: String?) {
    if random.chance(0.06) { return (aboutQueue(&random), nil) }
    let message = MessageWriter.compose(.original, &random)
    // The desk writes its own notes in standard speech, about messages that have one clear ask.
    guard message.speech == .standard, !message.gist.isEmpty else { return (message.text, message.text) }
    switch random.unit() {
    case ..<0.25: return (message.text, message.text)
    case ..<0.65: return (dialogue(message, &random), message.text)
    default: return (note(message, &random), message.text)
    }
  }

  /// A customer's message and the desk's short answer, between the marks of the chat template.
  private static func dialogue(_ message: Message, _ random: inout SplitMix64) -> String {
    let (gist, queue) = (message.gist, message.queue.rawValue)
    let (system, answer) =
      switch random.below(4) {
      case 0: ("Answer.", "Thank you, we have noted \(gist) and will come back to you.")
      case 1: ("Answer.", "Thank you for your message. This is about \(gist), so our \(queue) desk will answer.")
      case 2: ("Note.", "note: \(gist). desk: \(queue)")
      default: ("Answer.", "I understand: \(gist). I pass it on to \(queue).")
      }
    return "<|system|>\(system)<|end|><|user|>\(message.text)<|end|><|assistant|>\(answer)<|end|>"
  }

  private static func note(_ message: Message, _ random: inout SplitMix64) -> String {
    switch random.below(3) {
    case 0: "\(message.queue.rawValue): \(message.gist)\n\(message.text)"
    case 1: "\(message.text)\nnote: \(message.gist)\ndesk: \(message.queue.rawValue)"
    default:
      """
      ticket from the \(message.region.rawValue), by \(message.channel.rawValue)
      \(message.text)
      summary: \(message.gist), goes to \(message.queue.rawValue)
      """
    }
  }

  /// A sentence that ties a queue's name to what it looks after.
  private static func aboutQueue(_ random: inout SplitMix64) -> String {
    let grammar = QueueGrammar.of(random.pick(Queue.allCases))
    let name = grammar.queue.rawValue
    let themes = random.shuffled(grammar.themes + grammar.intents.map(\.gist))
    let (one, two, three) = (themes[0], themes[1], themes[2])
    switch random.below(6) {
    case 0: return "\(name): \(one), \(two), \(three)."
    case 1: return "The \(name) desk looks after \(one) and \(two)."
    case 2: return "What belongs to \(name)? Mostly \(one), sometimes \(two) or \(three)."
    case 3: return "A message about \(one) goes to \(name). So does one about \(two)."
    case 4: return "Today the \(name) desk had \(random.within(3...40)) tickets, many of them about \(one)."
    default: return "New colleagues at \(name) first learn about \(one), then about \(two)."
    }
  }
}

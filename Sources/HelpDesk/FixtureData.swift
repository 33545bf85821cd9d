/// The rows of the fixture files: what the base model reads, what the first adapter learns, and what neither has seen.
///
/// No labelled text occurs twice, within a file or across files, and none stands in the base model's text: the suites, `unseen` and `original-valid` are
/// drawn first and everything else steps around them.
package struct FixtureData: Sendable {
  package struct Text: Sendable, Hashable, Codable { package var text: String }

  /// A labelled message with its columns: the original training rows, as retraining replays them.
  package struct Row: Sendable, Hashable, Codable {
    package var key: String
    package var input: String
    package var label: String
    package var channel: String
    package var region: String
    package var speech: String
  }

  /// A labelled message as a conversation, as `vigil train` reads it.
  package struct Conversation: Sendable, Hashable, Codable {
    package struct Turn: Sendable, Hashable, Codable {
      package var role: String
      package var content: String
    }

    package var messages: [Turn]

    package init(_ row: Row) {
      messages = [
        Turn(role: "system", content: FixtureData.systemPrompt), Turn(role: "user", content: row.input), Turn(role: "assistant", content: row.label),
      ]
    }
  }

  /// What the router is told before each message.
  package static let systemPrompt = "Route."

  /// An item of an evaluation suite.
  package struct Item: Sendable, Hashable, Codable {
    package var id: String
    package var input: String
    package var label: String
    package var columns: [String: String]
  }

  package let core: [Item]
  package let robustness: [Item]
  package let unseen: [Row]
  package let originalValid: [Row]
  package let original: [Row]
  package let pretrain: [Text]

  package init(seed: UInt64) {
    var seen: Set<String> = []
    core = FixtureData.items(300, prefix: "core", seed: seed, mix: .original, &seen)
    robustness = FixtureData.items(150, prefix: "robustness", seed: seed, mix: .rough, &seen)

    let standard = FixtureData.rows(800, prefix: "u-standard", seed: seed, mix: MessageMix(regionalShare: 0), &seen)
    let regional = FixtureData.rows(200, prefix: "u-regional", seed: seed, mix: MessageMix(regionalShare: 1), &seen)
    var random = SplitMix64(seed: seed, domain: "order of unseen", index: 0)
    unseen = random.shuffled(standard + regional)

    originalValid = FixtureData.rows(500, prefix: "v", seed: seed, mix: .original, &seen)
    original = FixtureData.rows(5_000, prefix: "o", seed: seed, mix: .original, &seen)
    pretrain = FixtureData.texts(28_000, seed: seed, avoiding: seen)
  }

  private static func messages(_ count: Int, domain: String, seed: UInt64, mix: MessageMix, _ seen: inout Set<String>) -> [Message] {
    let writer = MessageWriter(seed: seed, domain: domain)
    var messages: [Message] = []
    var index = 0
    while messages.count < count {
      let message = writer.message(index, mix: mix)
      if seen.insert(bare(message.text)).inserted { messages.append(message) }
      index += 1
    }
    return messages
  }

  private static func rows(_ count: Int, prefix: String, seed: UInt64, mix: MessageMix, _ seen: inout Set<String>) -> [Row] {
    messages(count, domain: prefix, seed: seed, mix: mix, &seen).enumerated().map { index, message in
      Row(
        key: key(prefix, index), input: message.text, label: message.queue.rawValue, channel: message.channel.rawValue,
        region: message.region.rawValue,
        speech: message.speech.rawValue)
    }
  }

  private static func items(_ count: Int, prefix: String, seed: UInt64, mix: MessageMix, _ seen: inout Set<String>) -> [Item] {
    messages(count, domain: prefix, seed: seed, mix: mix, &seen).enumerated().map { index, message in
      Item(
        id: key(prefix, index), input: message.text, label: message.queue.rawValue,
        columns: ["channel": message.channel.rawValue, "region": message.region.rawValue, "speech": message.speech.rawValue])
    }
  }

  private static func texts(_ count: Int, seed: UInt64, avoiding: Set<String>) -> [Text] {
    var texts: [Text] = []
    var index = 0
    while texts.count < count {
      var random = SplitMix64(seed: seed, domain: "pretrain", index: index)
      let (text, message) = DeskNotes.text(&random)
      if message.map({ !avoiding.contains(bare($0)) }) ?? true { texts.append(Text(text: text)) }
      index += 1
    }
    return texts
  }

  /// What is left of a text without case, spacing and punctuation: by this two texts are the same.
  static func bare(_ text: String) -> String {
    var kept = String.UnicodeScalarView()
    for scalar in text.lowercased().unicodeScalars where scalar.properties.isAlphabetic || scalar.properties.numericType != nil {
      kept.append(scalar)
    }
    return String(kept)
  }

  /// `core-00012`: sorts as it counts.
  private static func key(_ prefix: String, _ index: Int) -> String {
    let digits = String(index + 1)
    return "\(prefix)-\(String(repeating: "0", count: max(0, 5 - digits.utf8.count)))\(digits)"
  }

  // MARK: - Suite descriptions

  package static let coreSuite = """
    # Messages as they came when the first model was made: all queues, all channels, hardly any regional speech.
    suite: core
    version: 1
    task: classify
    items: core.jsonl
    metrics: [accuracy, f1_macro]
    slices: [speech, channel]

    """

  package static let robustnessSuite = """
    # The same kind of messages written badly: slips, shouting, litter of mail programs.
    suite: robustness
    version: 1
    task: classify
    items: robustness.jsonl
    metrics: [accuracy, f1_macro]
    slices: [channel]
    # With 150 items of which a tenth change sides between equal models, less could not be shown.
    margin: 0.1

    """
}

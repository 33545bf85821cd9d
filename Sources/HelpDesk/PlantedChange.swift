/// Something that changes in the world on a known day: known to the demo, and to nobody else.
package struct PlantedChange: Sendable, Hashable, Codable {
  /// First day, counted from 1.
  package var day: Int
  /// `new_product`: short, stable.
  package var name: String
  package var description: String
  /// Nobody should be alerted.
  package var harmless: Bool

  package static let all = [
    PlantedChange(day: 12, name: "volume", description: "twice as many messages, for three days", harmless: true),
    PlantedChange(day: 15, name: "new_product", description: "a new product with its own words, in a third of the messages", harmless: false),
    PlantedChange(day: 22, name: "regional_speech", description: "the regional variety grows from 3% to 45% of the messages", harmless: false),
    PlantedChange(
      day: 30, name: "wrong_labels",
      description: "a batch of wrong labels, each one queue too far: those of a day and a half, and those of the six days before written over",
      harmless: false),
  ]
}

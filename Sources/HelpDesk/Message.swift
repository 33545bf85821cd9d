/// A message of a customer with everything that is known about it.
package struct Message: Sendable, Hashable, Codable {
  package var text: String
  package var channel: Channel
  package var region: Region
  package var speech: Speech
  /// Where it belongs: the queue of the main ask.
  package var queue: Queue
  /// About the new product.
  package var aboutNewProduct: Bool
  /// What the desk would note down; empty where the ask has no single name.
  package var gist: String
}

/// What kind of messages are wanted; the shares are probabilities in 0...1.
package struct MessageMix: Sendable {
  package var regionalShare: Double
  /// The new product, once it is there, and its share of the messages.
  package var newProduct: NewProduct?
  package var newProductShare: Double
  /// Slips, as a multiple of what is usual.
  package var typoFactor: Double
  /// Shouting and litter.
  package var roughShare: Double

  package init(
    regionalShare: Double = 0.03, newProduct: NewProduct? = nil, newProductShare: Double = 0, typoFactor: Double = 1, roughShare: Double = 0
  ) {
    self.regionalShare = regionalShare
    self.newProduct = newProduct
    self.newProductShare = newProductShare
    self.typoFactor = typoFactor
    self.roughShare = roughShare
  }

  /// Days 1 to 14: what the first model was trained for.
  package static let original = MessageMix()
  /// Slips in most messages, litter in half of them, shouting in a few.
  package static let rough = MessageMix(typoFactor: 4, roughShare: 0.7)
}

/// What fills the slots of a template. One `Slots` serves one message, so that the product and the order stay the same from sentence to sentence.
package struct Slots: Sendable {
  /// `Owlet camera`, or the new product's name.
  private let product: String
  private let order: String
  /// The words of the new product for the message's queue: `<verb>`, `<noun>`, `<part>`.
  private let jargon: [String: String]

  package init(product: String? = nil, jargon: [String: String] = [:], _ random: inout SplitMix64) {
    self.product = product ?? random.pick(Catalogue.products)
    self.order = Slots.orderNumber(&random)
    self.jargon = jargon
  }

  /// Text for a slot; a name that does not exist is a mistake in a template and traps.
  package mutating func fill(_ name: String, _ random: inout SplitMix64) -> String {
    if let word = jargon[name] { return word }
    switch name {
    case "product": return product
    case "order": return order
    case "router": return random.pick(Catalogue.routers)
    case "plan": return random.pick(Catalogue.plans)
    case "amount": return Slots.amount(&random)
    case "when": return Slots.when(&random)
    case "span": return random.pick(Slots.spans)
    case "age": return random.pick(Slots.ages)
    case "month": return random.pick(Slots.months)
    case "day": return random.pick(Slots.days)
    case "room": return random.pick(Slots.rooms)
    case "town": return random.pick(Catalogue.towns)
    case "street": return "\(random.within(2...148)) \(random.pick(Catalogue.streets))"
    case "name": return random.pick(Catalogue.names)
    case "count": return random.pick(["two", "three", "four", "five", "six"])
    case "colour": return random.pick(["black", "white", "grey", "blue", "green", "red"])
    case "hour": return random.pick(["eight", "nine", "ten", "noon", "two", "four", "six", "seven in the evening", "midnight"])
    case "error": return Slots.errorCode(&random)
    case "speed": return "\(random.pick([1, 2, 3, 5, 8, 12, 20])) megabits"
    case "year": return "\(random.within(2012...2025))"
    default: preconditionFailure("no slot is called <\(name)>")
    }
  }

  // MARK: - Numbers and times

  private static func orderNumber(_ random: inout SplitMix64) -> String {
    let number = random.within(100_000...999_999)
    switch random.below(4) {
    case 0: return "order LM-\(number)"
    case 1: return "order \(number)"
    case 2: return "order number \(number)"
    default: return "order #\(number)"
    }
  }

  private static func amount(_ random: inout SplitMix64) -> String {
    let euros = random.within(4...390)
    switch random.below(3) {
    case 0: return "\(euros) euros"
    case 1: return "\(euros).\(random.pick(["90", "99", "50", "20", "45"])) euros"
    default: return "EUR \(euros).\(random.pick(["00", "90", "99", "50"]))"
    }
  }

  private static func when(_ random: inout SplitMix64) -> String {
    switch random.below(4) {
    case 0: return "last \(random.pick(days))"
    case 1: return "on \(random.within(1...28)) \(random.pick(months))"
    case 2: return random.pick(["yesterday", "this morning", "last night", "the day before yesterday", "last week", "earlier this month"])
    default: return "\(random.pick(["two", "three", "four", "five", "ten"])) \(random.pick(["days", "weeks"])) ago"
    }
  }

  private static func errorCode(_ random: inout SplitMix64) -> String {
    random.chance(0.5) ? "error E\(random.within(10...99))" : "code \(random.within(1000...9999))"
  }

  private static let spans = [
    "three days", "four days", "a week", "more than a week", "two weeks", "nearly a month", "the whole weekend", "hours", "since Monday morning",
    "some time now",
  ]
  private static let ages = ["five months", "seven months", "ten months", "a year", "a year and a half", "nearly two years", "only six weeks"]
  private static let months = [
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
  ]
  private static let days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
  private static let rooms = ["kitchen", "bedroom", "living room", "attic", "garage", "study", "hall", "garden shed", "nursery", "cellar"]
}

/// What Larkmere sells, and the people and places that its customers mention. All of it is invented.
package enum Catalogue {
  package static let company = "Larkmere"

  package static let products = [
    "Owlet camera", "Owlet Duo camera", "Wren doorbell", "Tawny speaker", "Tawny Mini speaker", "Rook soundbar", "Merlin TV", "Merlin stick",
    "Ember thermostat",
    "Plover lamp", "Dipper vacuum", "Linnet headphones", "Linnet Sport headphones", "Skein router", "Skein Mesh set", "Siskin tablet", "Siskin watch",
    "Martin projector", "Curlew alarm", "Pipit radio",
  ]
  package static let routers = ["Skein router", "Skein Mesh", "Skein hub", "router", "box in the hall", "modem"]
  package static let plans = ["Fibre 100", "Fibre 250", "Fibre 500", "Basic plan", "Plus plan", "Family plan", "Studio plan", "TV Max package"]
  package static let towns = [
    "Ostwick", "Harlow Bay", "Millbrook", "Tarnford", "Sandhithe", "Eastmoor", "Colbeck", "Wexley", "Dunmere", "Fallow Green", "Port Aldry",
    "Kestleton",
  ]
  package static let streets = [
    "Mill Lane", "Station Road", "Harbour Street", "Elm Close", "Bridge Row", "Chapel Hill", "Orchard Way", "Quay Street",
  ]
  package static let names = [
    "Anna Reed", "Tom Hallam", "Priya Nair", "J. Costa", "Marek", "Leila Haddad", "S. Okafor", "Ingrid", "Paul Denby", "Mei Lin", "Rosa",
    "D. Whitlock", "Yusuf",
    "Greta Holm", "Bert Arkwright", "Carmen", "O. Petrov", "Nadia", "Will Sutton", "Hana Ito", "Femi", "Clara Voss", "Luis", "E. Marsh",
  ]

  /// Every capitalised word of the names above, in lower case: no dialect changes a name.
  package static let nameWords: Set<String> = {
    var words: Set<String> = []
    for phrase in [company] + products + plans + towns + streets + names {
      for word in phrase.split(separator: " ") where word.first?.isUppercase == true { words.insert(word.lowercased()) }
    }
    // Ordinary words when they do not stand in a name.
    return words.subtracting([
      "tv", "basic", "plus", "family", "will", "max", "mini", "set", "sport", "mesh", "bay", "green", "hill", "way", "row", "road", "lane", "street",
      "bridge",
    ])
  }()
}

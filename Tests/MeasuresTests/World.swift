import Foundation
import Records
import Statistics

@testable import Measures

/// Foundation has a `Measurement` of its own.
typealias Measurement = Records.Measurement

/// A made-up help desk whose traffic the tests know: messages of words, columns, a model with a known accuracy. All from one seed.
struct World {
  static let queues = ["billing", "refund", "delivery", "returns", "account", "login", "warranty", "repair", "order", "invoice", "feedback", "other"]
  static let model = "m1"
  static let start = Date(timeIntervalSince1970: 1_767_225_600)

  /// What the traffic is like; the defaults are the reference's.
  struct Traffic {
    var newProductShare = 0.0
    var firstQueueShare = 1.0 / 12
    var confidence = 0.95
    var regionalShare = 0.3
    var accuracy = 0.9
    var regionalAccuracy = 0.9
    var labelledShare = 1.0
    var channelMissingShare = 0.0
    var lengthFactor = 1.0
    var surprisal = 3.0
    var failureShare = 0.0
    var productionAgreement = 0.97
    /// Of rows whose hidden state moved by two deviations in an eighth of its dimensions.
    var movedShare = 0.0
    var model = World.model
  }

  var generator: Xoshiro256
  var dimension = 32
  var count = 0

  init(seed: UInt64, dimension: Int = 32) {
    generator = Xoshiro256(seed: seed)
    self.dimension = dimension
  }

  mutating func happens(_ share: Double) -> Bool { generator.uniform() < share }

  mutating func pick<T>(_ items: [T]) -> T { items[generator.index(below: items.count)] }

  mutating func observations(_ n: Int, _ traffic: Traffic = Traffic()) -> [Observation] { (0..<n).map { _ in observation(traffic) } }

  mutating func observation(_ traffic: Traffic) -> Observation {
    count += 1
    let key = String(count)
    let queue = happens(traffic.firstQueueShare) ? 0 : 1 + generator.index(below: 11)
    let regional = happens(traffic.regionalShare)
    let right = happens(regional ? traffic.regionalAccuracy : traffic.accuracy)
    let answer = right ? queue : (queue + 1 + generator.index(below: 11)) % 12
    let truth = World.queues[queue]
    // Words come in bunches, as in life: each queue has its own, some messages repeat themselves.
    var words = ["hello", "my", pick(["order", "parcel", "account"]), "number", String(10_000 + generator.index(below: 90_000))]
    for _ in 0..<Int(Double(6 + generator.index(below: 8)) * traffic.lengthFactor) { words.append("\(truth)word\(generator.index(below: 30))") }
    if happens(0.3) { words += ["please", "please", "help", "quickly"] }
    if regional { words.append(pick(["aye", "wee"])) }
    if happens(traffic.newProductShare) { words += [pick(["nimbus", "stratus"]), "router", "firmware"] }
    let moved = happens(traffic.movedShare)
    let embedding = (0..<dimension).map { d in
      Float(generator.normal() + (d % 12 == queue ? 1 : 0) + (moved && d % 8 == 0 ? 2 : 0))
    }
    let confidence = min(0.999, max(0.1, traffic.confidence + 0.04 * generator.normal()))
    var columns = ["region": pick(["north", "south", "east", "west"]), "speech": regional ? "regional" : "standard"]
    if !happens(traffic.channelMissingShare) { columns["channel"] = pick(["mail", "mail", "chat", "web"]) }
    let failed = happens(traffic.failureShare)
    let probabilities = World.queues.indices.map { $0 == answer ? confidence : (1 - confidence) / 11 }
    return Observation(
      sample: Sample(
        key: key, deployment: "desk", time: World.start.addingTimeInterval(Double(count)), input: words.joined(separator: " "), columns: columns,
        productionAnswer: happens(traffic.productionAgreement) ? World.queues[answer] : World.queues[(answer + 1) % 12], inclusionProbability: 0.5,
        label: happens(traffic.labelledShare) ? truth : nil),
      prediction: Prediction(
        key: key, model: traffic.model, answer: failed ? nil : World.queues[answer], probabilities: failed ? [] : probabilities,
        logProbability: log(confidence), inputSurprisal: traffic.surprisal + 0.4 * generator.normal(), tokens: 20,
        embedding: failed ? [] : embedding, failure: failed ? "empty input" : nil))
  }

  static let window = Window(start: start, end: start.addingTimeInterval(86_400 * 2))

  static func input(reference: [Observation], current: [Observation], baselines: Baselines = Baselines()) -> MeasureInput {
    MeasureInput(
      window: window, referenceWindow: Window(start: start.addingTimeInterval(-864_000), end: start), reference: reference, current: current,
      baselines: baselines, model: model)
  }

  static let settings = MeasureSettings(protectedColumns: ["speech", "region"], taskLabels: queues, seed: 7)
}

extension [Measurement] {
  func of(_ measure: String, _ slice: Slice = .all) -> Measurement? { first { $0.measure == measure && $0.slice == slice } }

  var changed: [String] { filter { $0.verdict == .changed }.map { $0.measure + ($0.slice == .all ? "" : $0.slice.text) } }
}

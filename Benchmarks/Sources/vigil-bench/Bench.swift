import Foundation
import LanguageModel

/// Where things are and how often they are done.
struct Bench {
  /// The folder that models.py has made.
  var cache: URL
  /// Benchmarks/peers.
  var peers: URL
  /// nil runs no peer.
  var python: String?
  var repetitions: Int
  /// A text to tokenise instead of the generated one.
  var text: URL?
  let limits = Limits()

  /// One who takes turns.
  struct Contender {
    var name: String
    var warmUp: () throws -> Void = {}
    var measure: () throws -> Double
  }

  /// What the turns gave.
  struct Turns {
    var ours: Spread?
    var limit: Spread?
    var peers: [Line.Rival]
    /// The share of the machine that others used, on average; nil without a turn.
    var others: Double?
  }

  /// Lets all take turns: ours, the limit, each peer, and again. What else the machine does meanwhile, it does to all of them.
  /// A peer that fails is left out from there on, with a message.
  /// - ours: nil where the engine does not offer it
  func turns(ours: Contender?, limit: (() -> Double)?, peers: [Contender]) throws -> Turns {
    try ours?.warmUp()
    var peers = peers
    peers.removeAll { peer in attempt(peer.name) { try peer.warmUp() } == nil }
    var (mine, most, others) = ([Double](), [Double](), [Double]())
    var theirs = peers.map { _ in [Double]() }
    var failed: Set<Int> = []
    func rested(_ measure: () throws -> Double) rethrows -> Double {
      others.append(Others.rest())
      return try measure()
    }
    for _ in 0..<repetitions {
      if let ours { try mine.append(rested(ours.measure)) }
      if let limit { most.append(rested(limit)) }
      for (i, peer) in peers.enumerated() where !failed.contains(i) {
        if let value = attempt(peer.name, { try rested(peer.measure) }) { theirs[i].append(value) } else { failed.insert(i) }
      }
    }
    return Turns(
      ours: Spread(mine), limit: Spread(most),
      peers: zip(peers, theirs).compactMap { peer, values in Spread(values).map { Line.Rival(name: peer.name, spread: $0) } },
      others: others.isEmpty ? nil : others.reduce(0, +) / Double(others.count))
  }

  /// What a peer does; nil, with a message, where it fails.
  func attempt<R>(_ peer: String, _ body: () throws -> R) -> R? {
    do { return try body() } catch {
      say("\(peer): \(error)")
      return nil
    }
  }

  /// Starts a peer; nil, with a message, where it cannot be had.
  func peer(_ script: String, _ subject: Subject, _ precision: String) -> Peer? {
    guard let python else { return nil }
    do {
      let arguments = ["--model", subject.url.path, "--precision", precision] + (text.map { ["--text", $0.path] } ?? [])
      return try Peer(script, arguments: arguments, python: python, folder: peers, logs: cache)
    } catch {
      say("no \(script): \(error)\nhint: make bench-peers")
      return nil
    }
  }
}

/// To those who wait; standard output is for the result.
func say(_ text: String) {
  FileHandle.standardError.write(Data("\(text)\n".utf8))
}

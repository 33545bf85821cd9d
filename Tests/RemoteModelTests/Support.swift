import Evaluation
import Foundation
import Synchronization

@testable import RemoteModel

/// Pauses that were asked for, which nobody waits for; jitter is half of what it may be.
final class Pauses: Sendable {
  private let list = Mutex<[Double]>([])
  var all: [Double] { list.withLock { $0 } }

  var world: RetryWorld {
    RetryWorld(now: { Date(timeIntervalSince1970: 1_768_521_600) }, random: { 0.5 }, sleep: { pause in self.list.withLock { $0.append(pause) } })
  }
}

extension RemoteSettings {
  static func local(
    _ port: Int, api: API = .chat, key: APIKey? = nil, concurrency: Int = 4, timeout: Double = 20, retries: Int = 2, answerLimit: Int = 1 << 20
  ) throws -> RemoteSettings {
    RemoteSettings(
      address: try RemoteAddress("http://127.0.0.1:\(port)"), name: "tiny", api: api, key: key, concurrency: concurrency, timeout: timeout,
      retry: RetryPolicy(retries: retries, base: 1, cap: 8), answerLimit: answerLimit)
  }
}

extension RemoteTask {
  static func chat(_ labels: [String] = ["yes", "no"]) throws -> RemoteTask { try RemoteTask(labels: labels, prompt: .messages(system: "Answer.")) }

  static func completions(_ labels: [String] = ["yes", "no"]) throws -> RemoteTask {
    try RemoteTask(labels: labels, prompt: .text(try PromptForm("Q: {input} A:")))
  }
}

package import Foundation

/// A model that somebody else serves, and how it is talked to.
package struct RemoteSettings: Sendable, Hashable {
  package enum API: String, Sendable, Hashable, CaseIterable {
    /// `/completions`: the prompt is ours, so with `echo` any continuation can be scored.
    case completions
    /// `/chat/completions`: the server renders the prompt, so only what the model writes can be scored.
    case chat
  }

  package var address: RemoteAddress
  /// The model's name on that server.
  package var name: String
  package var api: API
  package var key: APIKey?
  /// Requests at once.
  package var concurrency: Int
  /// Seconds for one try, connection and whole answer included.
  package var timeout: Double
  /// Seconds for the connection alone.
  package var connectTimeout: Double
  package var retry: RetryPolicy
  /// Bytes of one answer.
  package var answerLimit: Int

  package init(
    address: RemoteAddress, name: String, api: API = .chat, key: APIKey? = nil, concurrency: Int = 8, timeout: Double = 60,
    connectTimeout: Double = 10,
    retry: RetryPolicy = RetryPolicy(), answerLimit: Int = 16 << 20
  ) {
    precondition(concurrency > 0 && timeout > 0 && connectTimeout > 0 && answerLimit > 0, "a remote model's limits are positive")
    self.address = address
    self.name = name
    self.api = api
    self.key = key
    self.concurrency = concurrency
    self.timeout = timeout
    self.connectTimeout = connectTimeout
    self.retry = retry
    self.answerLimit = answerLimit
  }
}

/// Time and chance as retries see them, so that a test neither waits nor guesses.
package struct RetryWorld: Sendable {
  package var now: @Sendable () -> Date
  /// In 0 ..< 1.
  package var random: @Sendable () -> Double
  /// Seconds.
  package var sleep: @Sendable (Double) async throws -> Void

  package init(
    now: @escaping @Sendable () -> Date, random: @escaping @Sendable () -> Double, sleep: @escaping @Sendable (Double) async throws -> Void
  ) {
    self.now = now
    self.random = random
    self.sleep = sleep
  }

  /// Jitter decides no result, only when it comes, so it needs no seed.
  package static let real = RetryWorld(
    now: { Date() }, random: { Double.random(in: 0..<1) }, sleep: { try await Task.sleep(for: .seconds($0)) })
}

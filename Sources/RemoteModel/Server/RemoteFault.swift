/// A server could not be used: it is away, it does not want us, or what it says is not understood. No single input is to blame.
package struct RemoteFault: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Reason: Sendable, Hashable {
    /// No connection, or one that broke, at every try.
    case unreachable
    /// No whole answer in time, at every try.
    case timedOut
    /// 408, 429 or 5xx at every try, or a longer pause was asked for than is waited.
    case overloaded(status: Int)
    /// 401 or 403.
    case notAuthorised
    /// Any other status that trying again does not mend.
    case refused(status: Int)
    case unknownModel
    case tooLarge
    /// An answer that is not what such a server gives.
    case notUnderstood
  }

  package var reason: Reason
  /// The address that was asked.
  package var address: String
  package var problem: String
  package var hint: String?

  package init(_ reason: Reason, address: String, problem: String, hint: String? = nil) {
    self.reason = reason
    self.address = address
    self.problem = problem
    self.hint = hint
  }

  /// Whether the same may work later.
  package var isTransient: Bool {
    switch reason {
    case .unreachable, .timedOut, .overloaded: true
    default: false
    }
  }

  package var description: String {
    let line = "\(address): \(problem)"
    return hint.map { "\(line)\nhint: \($0)" } ?? line
  }
}

/// The server does not take this one request (400, 413, 422); others it may.
struct RequestRejected: Error, Hashable, CustomStringConvertible {
  var status: Int
  /// The server's words.
  var words: String

  var description: String { "HTTP \(status): \(words)" }
}

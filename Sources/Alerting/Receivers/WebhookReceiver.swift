import AsyncHTTPClient
package import Foundation
import NIOCore
import NIOHTTP1

/// Posts each message to an address, as Standard Webhooks 1.0 has it: `webhook-id` is the message's identity at every try, `webhook-timestamp` the time of the try,
/// `webhook-signature` over both and the body, when there is a secret.
///
/// The host is looked up first, its addresses are checked, and the connection goes to the very address that was checked (the name stays for TLS and `Host`), so that a name
/// server cannot answer differently the second time. Redirects are not followed, the body of an answer is not read, and a try has one limit for everything.
package struct WebhookReceiver: Receiver {
  package let name: String
  let address: WebhookAddress
  let secret: WebhookSecret?
  let timeout: Duration
  let allowsLinkLocal: Bool

  package init(name: String, address: WebhookAddress, secret: WebhookSecret? = nil, timeout: Duration = .seconds(10), allowsLinkLocal: Bool = false) {
    self.name = name
    self.address = address
    self.secret = secret
    self.timeout = timeout
    self.allowsLinkLocal = allowsLinkLocal
  }

  package func deliver(_ message: AlertMessage, now: Date) async -> DeliveryOutcome {
    await withTaskGroup(of: DeliveryOutcome?.self) { group in
      group.addTask { await attempt(message, now: now) }
      group.addTask {
        // Sleep ends early only when the try has ended and the group is cancelled; nil is then not looked at.
        guard (try? await Task.sleep(for: timeout)) != nil else { return nil }
        return .transient(reason: "no answer from \(address.redacted) within \(timeout)", retryAfter: nil)
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      return first ?? .transient(reason: "the try was cancelled", retryAfter: nil)
    }
  }

  private func attempt(_ message: AlertMessage, now: Date) async -> DeliveryOutcome {
    do {
      let addresses = try await HostAddresses.resolve(address.host)
      if !allowsLinkLocal, let bad = addresses.first(where: HostAddresses.isForbidden) {
        return .transient(reason: "\(address.redacted) leads to \(bad), where no message goes; configure another host", retryAfter: nil)
      }
      guard let pinned = addresses.first else { return .transient(reason: "host \(address.host) has no address", retryAfter: nil) }
      return try await post(message, to: pinned, now: now)
    } catch let fault as HostAddresses.Fault {
      return .transient(reason: fault.description, retryAfter: nil)
    } catch {
      return .transient(reason: "could not reach \(address.redacted): \(Self.words(error))", retryAfter: nil)
    }
  }

  private func post(_ message: AlertMessage, to pinned: String, now: Date) async throws -> DeliveryOutcome {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.httpVersion = .http1Only
    configuration.dnsOverride = [address.host: pinned]
    configuration.timeout.connect = .nanoseconds(timeout.nanoseconds)
    configuration.timeout.read = .nanoseconds(timeout.nanoseconds)
    // Deliveries are rare and the pinned address belongs to one try, so each has its own client; connections are not worth keeping.
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    do {
      let outcome = try await send(message, with: client, now: now)
      try await client.shutdown()
      return outcome
    } catch {
      // The first error is the one to tell; the client is closed either way.
      try? await client.shutdown()
      throw error
    }
  }

  private func send(_ message: AlertMessage, with client: HTTPClient, now: Date) async throws -> DeliveryOutcome {
    let body = AlertmanagerPayload(message, receiver: name).body
    let timestamp = Int(now.timeIntervalSince1970)
    var request = HTTPClientRequest(url: address.text)
    request.method = .POST
    request.headers = ["Content-Type": "application/json", "User-Agent": "vigil", "webhook-id": message.id, "webhook-timestamp": "\(timestamp)"]
    if let secret { request.headers.add(name: "webhook-signature", value: secret.signature(id: message.id, timestamp: timestamp, body: body)) }
    request.body = .bytes(ByteBuffer(bytes: body))
    let response = try await client.execute(request, deadline: .now() + .nanoseconds(timeout.nanoseconds))
    // The status has decided. The answer's body is not read: it has nothing to say to us, and it may be endless.
    return DeliveryOutcome.classify(status: Int(response.status.code), retryAfter: response.headers.first(name: "retry-after"), now: now)
  }

  /// An error without the address, which may hold a secret.
  private static func words(_ error: any Error) -> String {
    switch error {
    case let error as HTTPClientError: error.shortDescription
    case let error as IOError: error.localizedDescription
    case is ChannelError: "\(error)"
    case is CancellationError: "cancelled"
    default: String(describing: type(of: error))
    }
  }
}

extension Duration {
  var nanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}

import Dispatch
import Foundation
import Glibc

/// A webhook's address, checked: http or https, a host, no user or password in it. Its text may hold a secret (as Slack's does), so nothing but `redacted` is ever shown.
package struct WebhookAddress: Sendable, Hashable {
  let text: String
  let host: String
  let port: Int
  let secure: Bool

  package struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    package var problem: String
    package var hint: String
    package var description: String { "\(problem)\nhint: \(hint)" }
  }

  package init(_ text: String) throws(Fault) {
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), scheme == "http" || scheme == "https" else {
      throw Fault(
        problem: "the webhook's address must begin with http:// or https://", hint: "write the whole address, e.g. https://alerts.example.org/vigil")
    }
    guard parts.user == nil, parts.password == nil else {
      throw Fault(problem: "the webhook's address holds a user or password", hint: "sign messages with secret_file instead")
    }
    guard let host = parts.host, !host.isEmpty else {
      throw Fault(problem: "the webhook's address names no host", hint: "e.g. https://alerts.example.org/vigil")
    }
    self.text = text
    self.host = host.trimmingCharacters(in: CharacterSet(charactersIn: "[]"))
    secure = scheme == "https"
    port = parts.port ?? (secure ? 443 : 80)
  }

  /// Scheme and host: what may stand in a log.
  package var redacted: String { "\(secure ? "https" : "http")://\(host):\(port)/…" }
}

/// Numeric addresses of a host, and which of them no message may go to.
enum HostAddresses {
  struct Fault: Error, CustomStringConvertible {
    var description: String
  }

  private static let queue = DispatchQueue(label: "vigil.resolver", attributes: .concurrent)

  /// Asks the system's resolver, off the shared threads; numeric hosts give themselves.
  static func resolve(_ host: String) async throws -> [String] {
    try await withCheckedThrowingContinuation { done in queue.async { done.resume(with: Result { try lookUp(host) }) } }
  }

  private static func lookUp(_ host: String) throws -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &list)
    guard code == 0 else { throw Fault(description: "could not find host \(host): \(String(cString: gai_strerror(code)))") }
    defer { freeaddrinfo(list) }
    var addresses: [String] = []
    var next = list
    while let entry = next {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
        let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        if !addresses.contains(address) { addresses.append(address) }
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }

  /// Whether an address is one that serves the machine itself in ways no receiver does: link-local (the clouds' metadata services live there), the unspecified address,
  /// multicast and broadcast. Loopback and private networks are allowed: receivers live there.
  static func isForbidden(_ address: String) -> Bool {
    let plain = String(address.split(separator: "%").first ?? "")
    var v4 = in_addr()
    if inet_pton(AF_INET, plain, &v4) == 1 { return forbidden(v4: UInt32(bigEndian: v4.s_addr)) }
    var v6 = in6_addr()
    guard inet_pton(AF_INET6, plain, &v6) == 1 else { return true }
    let bytes = withUnsafeBytes(of: &v6) { Array($0) }
    // IPv4 inside IPv6 (::ffff:a.b.c.d, ::a.b.c.d and NAT64's 64:ff9b::/96) is judged as IPv4; ::1 is loopback.
    let embedded = bytes[12...].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
    if bytes[..<10].allSatisfy({ $0 == 0 }), bytes[10] == bytes[11], bytes[10] == 0 || bytes[10] == 0xff {
      return embedded == 1 && bytes[10] == 0 ? false : forbidden(v4: embedded)
    }
    if Array(bytes[..<12]) == [0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0] { return forbidden(v4: embedded) }
    let metadata: [UInt8] = [0xfd, 0, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54]
    return bytes == metadata || (bytes[0] == 0xfe && bytes[1] & 0xc0 == 0x80) || bytes[0] == 0xff
  }

  private static func forbidden(v4 address: UInt32) -> Bool {
    address >> 24 == 0 || address >> 16 == 0xa9fe || address >> 28 >= 0xe
  }
}

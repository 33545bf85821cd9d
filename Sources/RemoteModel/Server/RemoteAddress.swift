import Foundation

/// Where an OpenAI-compatible server answers: `http://10.0.0.7:8000/v1`. An address without a path gets `/v1`, which is where such servers live.
package struct RemoteAddress: Sendable, Hashable, CustomStringConvertible {
  /// Without a slash at its end. It holds no secret, so it may be shown.
  package let text: String

  package init(_ text: String) throws(RemoteAddressFault) {
    let text = text.trimmingCharacters(in: .whitespaces)
    guard let parts = URLComponents(string: text), let scheme = parts.scheme?.lowercased(), let host = parts.host, !host.isEmpty else {
      throw RemoteAddressFault(address: text, problem: "not an address", hint: "write it as http://host:8000/v1")
    }
    guard ["http", "https"].contains(scheme) else {
      throw RemoteAddressFault(address: text, problem: "\(scheme) is not spoken here", hint: "the address begins with http:// or https://")
    }
    guard parts.user == nil, parts.password == nil, parts.query == nil, parts.fragment == nil else {
      // The complained-of part may be a secret, so the message does not repeat it.
      throw RemoteAddressFault(
        address: "\(scheme)://\(host)", problem: "has a user, a query or a fragment",
        hint: "a key belongs into a file (api_key_file); leave the rest out")
    }
    var path = parts.percentEncodedPath
    while path.hasSuffix("/") { path.removeLast() }
    let port = parts.port.map { ":\($0)" } ?? ""
    self.text = "\(scheme)://\((parts.percentEncodedHost ?? host).lowercased())\(port)\(path.isEmpty ? "/v1" : path)"
  }

  func appending(_ path: String) -> String { "\(text)/\(path)" }

  package var description: String { text }
}

/// An address that cannot be a model server's.
package struct RemoteAddressFault: Error, Sendable, Hashable, CustomStringConvertible {
  package var address: String
  package var problem: String
  package var hint: String

  package var description: String { "\(address): \(problem)\nhint: \(hint)" }
}

import Files
import Foundation

/// What stands in place of a hash of weights that cannot be seen: address, name, and what the server says of the model. A server that loads other weights under the
/// same name and says nothing of it cannot be told from the one before; name versions apart (`router-2026-05`).
enum RemoteIdentity {
  /// First 16 hex digits of SHA-256 over everything that decides an answer, as far as it is known here.
  static func of(_ settings: RemoteSettings, card: OrderedJSON?, task: RemoteTask) -> String {
    let (system, form) =
      switch task.prompt {
      case .messages(let system): (system ?? "", "")
      case .text(let form): ("", form.text)
      }
    let parts = [
      "vigil.remote/1", settings.address.text, settings.name, settings.api.rawValue, stable(card), task.labels.joined(separator: "\u{1F}"), system,
      form,
      String(task.inputScalarsMax),
    ]
    return String(Digest.of(parts.joined(separator: "\u{1E}")).hex.prefix(16))
  }

  /// What the server says of the weights, without what changes from one listing to the next: vLLM gives `created` the time of the request and `permission` a random id.
  static func stable(_ card: OrderedJSON?) -> String {
    guard let card else { return "" }
    let names = ["id", "root", "parent", "owned_by", "max_model_len", "meta"]
    return OrderedJSON.object(JSONObject(names.compactMap { name in card[name].map { (name, sorted($0)) } })).text()
  }

  /// Keys in order of their bytes: a server is free to list them as it likes.
  private static func sorted(_ value: OrderedJSON) -> OrderedJSON {
    switch value {
    case .object(let object):
      .object(JSONObject(object.members.map { ($0, sorted($1)) }.sorted { $0.0.utf8.lexicographicallyPrecedes($1.0.utf8) }))
    case .array(let list): .array(list.map(sorted))
    default: value
    }
  }
}

/// A subset of the samples, named by labels: `{channel="email", region="north"}`; no labels means all of them.
public struct Slice: Sendable, Hashable, Codable, Comparable {
  /// Label name to value.
  public var labels: [String: String]

  public init(_ labels: [String: String] = [:]) { self.labels = labels }

  public static let all = Slice()

  /// Sorted by name, values quoted, as Prometheus writes label sets; `{}` for everything. Also the key in tables.
  public var text: String {
    let parts = labels.sorted { $0.key < $1.key }.map { name, value in
      "\(name)=\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n"))\""
    }
    return "{" + parts.joined(separator: ", ") + "}"
  }

  public static func < (a: Slice, b: Slice) -> Bool { a.text < b.text }
}

extension Slice: CustomStringConvertible {
  public var description: String { text }
}

/// A value of a configuration file, whatever the file's language: what a YAML or JSON decoder hands over.
public enum SettingValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(Double)
  case string(String)
  case list([SettingValue])
  case table([String: SettingValue])

  /// As a person would write it in a file; for messages.
  var text: String {
    switch self {
    case .null: "null"
    case .bool(let value): value ? "true" : "false"
    case .number(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
    case .string(let value): "\"\(value)\""
    case .list(let values): "[" + values.map(\.text).joined(separator: ", ") + "]"
    case .table: "{...}"
    }
  }
}

extension SettingValue: Decodable {
  public init(from decoder: any Decoder) throws {
    if let table = try? decoder.container(keyedBy: SettingKey.self) {
      var members: [String: SettingValue] = [:]
      for key in table.allKeys { members[key.stringValue] = try table.decode(SettingValue.self, forKey: key) }
      self = .table(members)
      return
    }
    if var list = try? decoder.unkeyedContainer() {
      var values: [SettingValue] = []
      while !list.isAtEnd { values.append(try list.decode(SettingValue.self)) }
      self = .list(values)
      return
    }
    let box = try decoder.singleValueContainer()
    if box.decodeNil() {
      self = .null
    } else if let value = try? box.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? box.decode(Double.self) {
      self = .number(value)
    } else {
      self = .string(try box.decode(String.self))
    }
  }
}

private struct SettingKey: CodingKey {
  var stringValue: String
  var intValue: Int? { nil }
  init(stringValue: String) { self.stringValue = stringValue }
  init?(intValue: Int) { nil }
}

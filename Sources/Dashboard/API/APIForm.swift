package import Foundation
import Records

/// How the API writes and reads JSON: `JSONForm`'s times and sorted keys, with names in snake case.
package enum APIForm {
  package static func encode(_ value: some Encodable, pretty: Bool = false) throws -> Data {
    let encoder = JSONForm.encoder(pretty: pretty)
    encoder.keyEncodingStrategy = .convertToSnakeCase
    // What is undefined should have been nil; one stray NaN must not take the whole answer with it.
    encoder.nonConformingFloatEncodingStrategy = .convertToString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try encoder.encode(value)
  }

  package static func decode<Value: Decodable>(_ type: Value.Type, from data: Data) throws -> Value {
    let decoder = JSONForm.decoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    return try decoder.decode(type, from: data)
  }
}

/// A list as the API sends it: an object, so that a field can be added one day.
package struct Items<Item: Codable & Sendable>: Codable, Sendable {
  package var items: [Item]

  package init(items: [Item]) { self.items = items }
}

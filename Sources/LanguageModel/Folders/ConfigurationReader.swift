internal import Files
internal import Foundation

/// Reads the members of a JSON configuration file and gathers what is wrong with them.
struct ConfigurationReader {
  let path: String
  let object: JSONObject
  var faults: FaultList

  /// Reads a file that must hold one JSON object.
  init(_ url: URL) throws {
    path = url.path
    faults = FaultList(path)
    guard let object = try StrictJSON.parse(try OpenFile(url).readAll(), file: path).objectValue else {
      throw FileFault(file: path, problem: "holds no JSON object", hint: "the file is damaged or another kind of file; copy the folder again")
    }
    self.object = object
  }

  /// Reads members that are already here; `path` names the file in messages.
  init(_ object: JSONObject, path: String) {
    (self.object, self.path, faults) = (object, path, FaultList(path))
  }

  /// The member, unless it is missing or null.
  subscript(key: String) -> OrderedJSON? {
    guard let value = object[key], !value.isNull else { return nil }
    return value
  }

  /// A whole number within bounds; `fallback` if it is missing, a fault if that is nil too.
  mutating func int(_ key: String, in bounds: ClosedRange<Int>, fallback: Int? = nil) -> Int {
    guard let value = self[key] else {
      if let fallback { return fallback }
      faults.add("\(key) is missing", hint: "copy config.json from the model's source again")
      return bounds.lowerBound
    }
    guard let number = value.intValue, bounds.contains(number) else {
      faults.add("\(key) must be a whole number in \(bounds.lowerBound)...\(bounds.upperBound), found \(value.text().prefix(80))")
      return fallback ?? bounds.lowerBound
    }
    return number
  }

  /// A number within bounds; `fallback` if it is missing.
  mutating func double(_ key: String, in bounds: ClosedRange<Double>, fallback: Double) -> Double {
    guard let value = self[key] else { return fallback }
    guard let number = value.doubleValue, bounds.contains(number) else {
      faults.add("\(key) must be a number in \(bounds.lowerBound)...\(bounds.upperBound), found \(value.text().prefix(80))")
      return fallback
    }
    return number
  }

  /// A number within bounds; nil if it is missing or null.
  mutating func double(_ key: String, in bounds: ClosedRange<Double>) -> Double? {
    self[key] == nil ? nil : double(key, in: bounds, fallback: bounds.lowerBound)
  }

  mutating func bool(_ key: String, fallback: Bool) -> Bool {
    guard let value = self[key] else { return fallback }
    guard let flag = value.boolValue else {
      faults.add("\(key) must be true or false, found \(value.text().prefix(80))")
      return fallback
    }
    return flag
  }

  /// One token id, a list of them, or none.
  mutating func ids(_ key: String) -> [Int32] {
    guard let value = self[key] else { return [] }
    let list = value.arrayValue ?? [value]
    let ids = list.compactMap { $0.intValue.flatMap(Int32.init(exactly:)) }
    if ids.count != list.count { faults.add("\(key) must be a token id or a list of them, found \(value.text().prefix(80))") }
    return ids
  }
}

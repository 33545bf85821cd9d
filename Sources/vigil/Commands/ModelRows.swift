import ArgumentParser
import Files
import Foundation
import LanguageModel

/// What every `vigil model` command over rows takes.
struct RowOptions: ParsableArguments {
  @Option(help: ArgumentHelp("Rows, JSONL; stdin without it.", valueName: "file")) var input: String?
  @Flag(help: "Stop at the first row that cannot be done.") var strict = false
  @Flag(help: "Accepted for likeness with the other commands: rows are JSON anyway.") var json = false
}

/// One row of the input.
struct InputRow {
  /// The row's own `id` as it was written, or its line number.
  let id: OrderedJSON
  let line: Int
  let members: JSONObject

  subscript(key: String) -> OrderedJSON? {
    guard let value = members[key], !value.isNull else { return nil }
    return value
  }

  /// Text that must be there.
  func text(_ key: String) throws -> String {
    guard let value = self[key] else { throw RowFault("\(key) is missing") }
    guard let text = value.stringValue else { throw RowFault("\(key) must be text, found \(value.kindName)") }
    return text
  }

  /// A list of token ids that must be there.
  func ids(_ key: String) throws -> [Int32] {
    guard let value = self[key] else { throw RowFault("\(key) is missing") }
    let ids = value.arrayValue?.compactMap { $0.intValue.flatMap(Int32.init(exactly:)) }
    guard let ids, ids.count == value.arrayValue?.count else {
      throw RowFault("\(key) must be a list of token ids, found \(value.text().prefix(60))")
    }
    return ids
  }

  func naturalNumber(_ key: String) throws -> Int? {
    guard let value = self[key] else { return nil }
    guard let number = value.intValue, number >= 0 else { throw RowFault("\(key) must be a whole number from 0, found \(value.text().prefix(60))") }
    return number
  }
}

/// What is wrong with one row.
struct RowFault: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// What files and models complain of, as failures with exit codes.
enum ModelFailure {
  static func translate<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let fault as FileFault {
      throw CommandFailure(fault.reason == .notFound ? .notFound : .failed, "\(fault.file): \(fault.problem)", hint: fault.hint)
    } catch let fault as ModelFault {
      throw CommandFailure(.failed, fault.description)
    } catch let fault as JSONFault {
      throw CommandFailure(.failed, fault.description)
    } catch let fault as TemplateFault {
      throw CommandFailure(.failed, fault.description)
    } catch let fault as EngineFault {
      throw CommandFailure(.failed, fault.descriptionOfOne)
    }
  }
}

import ArgumentParser
import Files
import Foundation
import LanguageModel

/// What `--adapter` says: a folder, or a name for it and the folder.
struct AdapterArgument: ExpressibleByArgument {
  /// What rows call it.
  let name: String
  let path: String

  init?(argument: String) {
    // A folder may have "=" in its name; what is there under the whole text is meant.
    let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2, !parts[0].contains("/"), !FileManager.default.fileExists(atPath: argument) {
      (name, path) = (String(parts[0]), String(parts[1]))
    } else {
      (name, path) = (URL(filePath: argument, directoryHint: .isDirectory).lastPathComponent, argument)
    }
    if name.isEmpty || path.isEmpty { return nil }
  }
}

/// The engines that rows can ask for: the base's, and one for each adapter over it. The base's weights are loaded once.
final class EngineSet {
  let folder: ModelFolder
  private let names: [String]
  private let adapted: [LanguageEngine]
  private var base: LanguageEngine?

  /// What a row asks for: the number of an adapter, nil for none.
  typealias Choice = Int?

  /// The name under which rows ask for no adapter.
  static let baseName = "base"

  /// - adapters: with one, it is merged into the weights as they are read, which makes passes fast; several lie beside the shared weights.
  init(_ folder: ModelFolder, _ adapters: [AdapterArgument]) throws {
    self.folder = folder
    names = adapters.map(\.name)
    let overlays = try adapters.map { try AdapterFolder.open(URL(filePath: $0.path, directoryHint: .isDirectory), base: folder) }
    if overlays.count == 1 {
      adapted = [try LanguageEngine(folder, adapter: overlays[0])]
    } else {
      let base = try LanguageEngine(folder)
      adapted = try overlays.map { try base.adapted(by: $0, over: folder) }
      self.base = base
    }
  }

  /// The engine of rows that ask for none.
  var first: LanguageEngine { get throws { try engine(names.isEmpty ? nil : 0) } }

  /// What a row's `adapter` asks for: the first adapter given where it is absent, none for "base".
  func choice(_ row: InputRow) throws -> Choice {
    guard row["adapter"] != nil else { return names.isEmpty ? nil : 0 }
    let name = try row.text("adapter")
    if name.utf8.elementsEqual(Self.baseName.utf8) { return nil }
    guard let place = names.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) else {
      let known = ([Self.baseName] + names).joined(separator: ", ")
      throw RowFault("adapter \"\(name.prefix(60))\" was not given; known are \(known)\nhint: --adapter NAME=DIR")
    }
    return place
  }

  func engine(_ choice: Choice) throws -> LanguageEngine {
    if let choice { return adapted[choice] }
    // With one adapter the base is not kept: few ask for it, and those that do wait once.
    let base = try base ?? LanguageEngine(folder)
    self.base = base
    return base
  }

  /// Has jobs done by the engines they ask for, those of one engine together. Results come in the jobs' order.
  func map<Job>(_ jobs: [(choice: Choice, job: Job)], _ body: (LanguageEngine, [Job]) throws -> [JSONObject]) throws -> [JSONObject] {
    var results = [JSONObject](repeating: JSONObject(), count: jobs.count)
    for (choice, places) in Dictionary(grouping: jobs.indices, by: { jobs[$0].choice }).sorted(by: { $0.value[0] < $1.value[0] }) {
      for (place, result) in zip(places, try body(try engine(choice), places.map { jobs[$0].job })) { results[place] = result }
    }
    return results
  }
}

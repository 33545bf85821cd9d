import Foundation
import LanguageModel

/// A model of models.py with its work.
struct Subject {
  struct Work: Decodable {
    var scoring: [[Int32]]
    var generation: [[Int32]]
    var long: [Int32]
  }

  let name: String
  let url: URL
  let folder: ModelFolder
  let work: Work
  let arithmetic: Arithmetic

  init(_ name: String, in cache: URL) throws {
    self.name = name
    url = cache.appending(path: name)
    folder = try ModelFolder.open(url)
    work = try JSONDecoder().decode(Work.self, from: Data(contentsOf: cache.appending(path: "work/\(name).json")))
    arithmetic = Arithmetic(configuration: folder.configuration)
  }
}

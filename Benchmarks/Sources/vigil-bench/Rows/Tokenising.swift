import Foundation
import LanguageModel

/// Tokenising English-like text with byte-level BPE, one thread.
struct Tokenising {
  private struct Document: Decodable { var text: String }
  let bench: Bench

  func line(_ subject: Subject, _ peer: Peer?) throws -> Line {
    let documents = try documents()
    let size = Double(documents.reduce(0) { $0 + $1.utf8.count }) / 1e6
    let tokenizer = subject.folder.tokenizer
    var (count, theirs) = (0, 0)
    let ours = Bench.Contender(
      name: "ours", warmUp: { count = documents.reduce(0) { $0 + tokenizer.ids($1, addSpecialTokens: false).count } },
      measure: { size / seconds { for document in documents { _ = tokenizer.ids(document, addSpecialTokens: false) } } })
    let rivals = [peer].compactMap { $0 }.map { peer in
      Bench.Contender(
        name: peer.name, warmUp: { theirs = Int(try peer.ask(Peer.Request(work: "tokenise")).tokens ?? 0) },
        measure: { size / (try peer.seconds(Peer.Request(work: "tokenise"))) })
    }
    let result = try bench.turns(ours: ours, limit: nil, peers: rivals)
    let same = peer == nil ? "" : theirs == count ? ", as many as theirs" : ", theirs are \(theirs)"
    return Line(
      work: "tokenising, one thread", model: subject.name, precision: "-", unit: "MB/s", ours: result.ours, peers: result.peers,
      goals: [Line.Goal(versus: "tokenizers", ratio: 1.5)], note: "\(count) tokens\(same)", others: result.others)
  }

  private func documents() throws -> [String] {
    if let text = bench.text { return try String(contentsOf: text, encoding: .utf8).split(separator: "\n").map(String.init) }
    return try String(contentsOf: bench.cache.appending(path: "work/documents.jsonl"), encoding: .utf8).split(separator: "\n").map {
      try JSONDecoder().decode(Document.self, from: Data($0.utf8)).text
    }
  }
}

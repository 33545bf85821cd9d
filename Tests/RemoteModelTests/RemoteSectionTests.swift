import Documents
import Foundation
import Testing

@testable import RemoteModel

@Suite struct RemoteSectionTests {
  private func read(_ text: String) throws -> (RemoteSection?, [DocumentFault]) {
    let document = YAMLDocument(text: text, file: "vigil.yaml")
    let section = document.root().flatMap { RemoteSection($0, path: { URL(filePath: "/etc/vigil").appending(path: $0) }) }
    return (section, document.faults)
  }

  @Test func `a section says where the model is and how it is asked`() throws {
    let (section, faults) = try read(
      """
      url: https://models.example.org
      name: router
      api: completions
      prompt: "<|user|>{input}<|assistant|>"
      api_key_file: models.key
      concurrency: 2
      timeout: 2m
      retries: 0
      """)
    #expect(faults.isEmpty)
    let read = try #require(section)
    #expect(read.address.text == "https://models.example.org/v1")
    #expect(read.keyFile?.path == "/etc/vigil/models.key")
    #expect((read.concurrency, read.timeout, read.retries) == (2, 120, 0))
    #expect(try read.task(labels: ["a", "b"], system: nil, inputScalarsMax: 10).api == .completions)
  }

  @Test func `what is not said has its default`() throws {
    let section = try #require(try read("{url: 'http://host:1', name: m}").0)
    #expect(section.api == .chat)
    let settings = try section.settings()
    #expect((settings.concurrency, settings.timeout, settings.retry.retries) == (8, 60, 4))
    #expect(settings.key == nil)
  }

  @Test(arguments: [
    ("{url: 'http://host', name: m, api: completions}", "prompt is missing"), ("{url: 'http://host', name: m, prompt: '{input}'}", "a prompt is for"),
    ("{url: 'http://u:secret@host', name: m}", "url is not a server's"), ("{url: 'http://host', name: m, api: chta}", "unknown api"),
    ("{url: 'http://host', name: m, timeout: 60}", "timeout"), ("{url: 'http://host', name: m, retrys: 3}", "unknown key"),
    ("{url: 'http://host', name: m, api: completions, prompt: none}", "nowhere"), ("{name: m}", "url"),
    ("{url: 'http://host', name: m, concurrency: 0}", "concurrency"),
  ])
  func `every fault is named`(text: String, part: String) throws {
    let (_, faults) = try read(text)
    #expect(faults.count == 1)
    #expect(faults.first?.message.contains(part) == true)
    #expect(faults.allSatisfy { !$0.description.contains("secret") })
  }
}

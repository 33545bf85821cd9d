package import Documents
package import Files
package import Foundation

/// What a configuration file says of a remote model, checked; the key's file is read when the model is connected, not before.
///
///     model:
///       remote:
///         url: https://models.example.org/v1   # required
///         name: router-2026-05                 # required: the model's name on that server
///         api: completions                     # completions or chat; chat unless said otherwise
///         prompt: "<|user|>{input}<|end|><|assistant|>"   # the chat format, for completions only
///         api_key_file: /etc/vigil/models.key  # its owner's alone
///         concurrency: 8                       # requests at once
///         timeout: 60s                         # of one try
///         retries: 4                           # after the first try
package struct RemoteSection: Sendable, Hashable {
  package var address: RemoteAddress
  package var name: String
  package var api: RemoteSettings.API
  /// Exactly where `api` is `completions`.
  package var prompt: PromptForm?
  package var keyFile: URL?
  package var concurrency: Int
  /// Seconds.
  package var timeout: Int
  package var retries: Int

  /// Nil when something is wrong; the faults are then written down in the document.
  /// - path: what a relative path is relative to
  package init?(_ section: YAMLMapping, path: (String) -> URL) {
    let url = section.requiredText("url", hint: "an OpenAI-compatible server: http://host:8000/v1")
    let name = section.requiredText("name", hint: "the model's name on that server; GET /v1/models lists them")
    let apiText = section.text("api") ?? RemoteSettings.API.chat.rawValue
    let promptText = section.text("prompt")
    keyFile = section.text("api_key_file").map(path)
    concurrency = section.integer("concurrency", in: 1...1_000) ?? 8
    let period = section.period("timeout") ?? Period(seconds: 60)
    if period.seconds == 0 { section.fault("timeout", "timeout must be longer than nothing") }
    timeout = period.seconds
    retries = section.integer("retries", in: 0...20) ?? 4
    section.finish()

    let api = RemoteSettings.API(rawValue: apiText)
    if api == nil {
      section.fault("api", "unknown api \"\(apiText)\"", hint: Guess.hint(for: apiText, among: RemoteSettings.API.allCases.map(\.rawValue)))
    }
    let address = url.flatMap { text -> RemoteAddress? in
      do throws(RemoteAddressFault) { return try RemoteAddress(text) } catch {
        section.fault("url", "url is not a server's: \(error.problem)", hint: error.hint)
        return nil
      }
    }
    let prompt = promptText.flatMap { text -> PromptForm? in
      do throws(PromptFormFault) { return try PromptForm(text) } catch {
        section.fault("prompt", error.problem, hint: PromptFormFault.hint)
        return nil
      }
    }
    switch (api, promptText) {
    case (.completions, nil): section.fault(nil, "prompt is missing: completions are given whole prompts", hint: PromptFormFault.hint)
    case (.chat, .some): section.fault("prompt", "a prompt is for api: completions; with chat the server has the model's own")
    default: break
    }
    guard let address, let name, let api, timeout > 0, api == .chat ? promptText == nil : prompt != nil else { return nil }
    self.address = address
    self.name = name
    self.api = api
    self.prompt = prompt
  }

  /// - Throws: when the key cannot be read.
  package func settings() throws(FileFault) -> RemoteSettings {
    RemoteSettings(
      address: address, name: name, api: api, key: try keyFile.map { file throws(FileFault) in try APIKey(file: file) }, concurrency: concurrency,
      timeout: Double(timeout), retry: RetryPolicy(retries: retries))
  }

  /// - system: the system message; for completions it stands in the prompt, and this is not looked at
  package func task(labels: [String], system: String?, inputScalarsMax: Int) throws(RemoteTaskFault) -> RemoteTask {
    try RemoteTask(labels: labels, prompt: prompt.map(RemoteTask.Prompt.text) ?? .messages(system: system), inputScalarsMax: inputScalarsMax)
  }
}

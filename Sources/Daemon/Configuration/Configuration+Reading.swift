import Documents
import Evaluation
package import Foundation
import Records
import RemoteModel
import Retraining
import Rules

extension Configuration {
  /// Reads a configuration file; relative paths are relative to its folder.
  ///
  /// - Throws: `DocumentFaults` with every fault, each with line, column and a hint.
  package static func read(_ url: URL) throws -> Configuration {
    let text: String
    do {
      text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
    } catch {
      throw DocumentFaults([
        DocumentFault(
          file: url.path, message: "could not read it: \(error.localizedDescription)", hint: "vigil init writes a commented configuration")
      ])
    }
    return try read(text: text, file: url.path, folder: url.deletingLastPathComponent())
  }

  package static func read(text: String, file: String, folder: URL) throws -> Configuration {
    let document = YAMLDocument(text: text, file: file)
    let reader = ConfigurationReader(folder: folder)
    let configuration = document.root().flatMap(reader.configuration)
    try document.check()
    guard let configuration else { throw DocumentFaults([DocumentFault(file: file, message: "the configuration is incomplete")]) }
    return configuration
  }
}

/// Walks the document section by section; nil from a section means that its faults have been reported.
private struct ConfigurationReader {
  let folder: URL

  func path(_ text: String) -> URL {
    text.hasPrefix("/") ? URL(filePath: text).standardizedFileURL : folder.appending(path: text).standardizedFileURL
  }

  func configuration(_ root: YAMLMapping) -> Configuration? {
    var origins: [String: String] = [:]
    for key in root.keys { origins[key] = root.location(key) }
    let state = root.requiredMapping("state", hint: "state: {database: postgresql:///vigil, directory: /var/lib/vigil}")
    let database = state?.requiredText("database")
    let directory = state?.requiredText("directory")
    for key in state?.keys ?? [] { origins["state.\(key)"] = state?.location(key) }
    state?.finish()
    let http = root.mapping("http")
    let socket = http?.text("socket") ?? "/run/vigil/api.sock"
    http?.finish()
    if path(socket).path.utf8.count > 107 { root.fault("http", "the socket's path is longer than 107 bytes, which no Unix socket can have") }
    let receivers = (root.mappings("receivers") ?? []).compactMap(receiver)
    report(duplicates: receivers.map(\.name), of: "receivers", in: root)
    let sections = root.mappings("deployments") ?? []
    if sections.isEmpty { root.fault(nil, "deployments is missing or empty", hint: "one entry for each model that is watched") }
    let deployments = sections.compactMap { section -> DeploymentConfiguration? in
      for key in section.keys { origins["deployments.\(section.text("name") ?? "?").\(key)"] = section.location(key) }
      return deployment(section)
    }
    report(duplicates: deployments.map(\.name), of: "deployments", in: root)
    let rules = (root.items("rules") ?? []).compactMap { ruleFile($0, deployments: sections.compactMap { $0.text("name") }) }
    if root.items("rules")?.isEmpty ?? true { root.fault(nil, "rules is missing or empty", hint: "rules: [Rules/drift.yaml, Rules/quality.yaml]") }
    root.finish()
    guard let database, let directory else { return nil }
    return Configuration(
      database: database, directory: path(directory), socket: path(socket), rules: rules, receivers: receivers, deployments: deployments,
      origins: origins)
  }

  private func report(duplicates names: [String], of key: String, in root: YAMLMapping) {
    for (name, same) in Dictionary(grouping: names, by: { $0 }).sorted(by: { $0.key < $1.key }) where same.count > 1 {
      root.fault(key, "\(key) has \(same.count) entries named \"\(name)\"", hint: "names must differ")
    }
  }

  /// A path, or `{file: PATH, deployments: [NAME]}`.
  private func ruleFile(_ node: YAMLNode, deployments: [String]) -> RuleFile? {
    guard node.isMapping else { return node.text("an entry of rules").map { RuleFile(path: path($0).path) } }
    guard let entry = node.mapping("an entry of rules") else { return nil }
    let file = entry.requiredText("file")
    let names = entry.texts("deployments")
    entry.finish()
    if names?.isEmpty == true { entry.fault("deployments", "deployments names nobody", hint: "leave it out for all deployments") }
    for name in names ?? [] where !deployments.contains(name) {
      entry.fault("deployments", "there is no deployment \"\(name)\"", hint: Guess.hint(for: name, among: deployments))
    }
    return file.map { RuleFile(path: path($0).path, deployments: names) }
  }

  private func receiver(_ section: YAMLMapping) -> ReceiverConfiguration? {
    let name = section.requiredText("name")
    section.subject = name.map { "receiver \"\($0)\"" }
    let folderPath = section.text("folder")
    let webhook = section.text("webhook")
    let secret = section.text("secret_file")
    section.finish()
    guard let name else { return nil }
    switch (folderPath, webhook) {
    case (let folderPath?, nil): return ReceiverConfiguration(name: name, kind: .folder(path(folderPath)))
    case (nil, let webhook?):
      guard let url = URL(string: webhook), ["http", "https"].contains(url.scheme), url.host() != nil else {
        section.fault("webhook", "webhook must be an http or https address, got \"\(webhook)\"")
        return nil
      }
      return ReceiverConfiguration(name: name, kind: .webhook(url, secretFile: secret.map(path)))
    default:
      section.fault(nil, "a receiver has either folder or webhook")
      return nil
    }
  }

  private func deployment(_ section: YAMLMapping) -> DeploymentConfiguration? {
    let name = section.requiredText("name")
    section.subject = name.map { "deployment \"\($0)\"" }
    let source = section.requiredMapping("source").flatMap(source)
    let model = section.requiredMapping("model").flatMap(model)
    let task = section.requiredMapping("task", hint: "task: {kind: classify, labels: [...]}")
    let kind = task?.text("kind") ?? "classify"
    if kind != "classify" { task?.fault("kind", "unknown task kind \"\(kind)\"", hint: "known are: classify") }
    let labels = task?.texts("labels") ?? []
    if task != nil, labels.count < 2 { task?.fault("labels", "labels must list at least two answers") }
    if Set(labels).count < labels.count { task?.fault("labels", "labels lists an answer twice") }
    task?.finish()
    let protected = section.texts("protected") ?? []
    for column in protected where source?.columns.contains(column) == false {
      section.fault(
        "protected", "protected column \"\(column)\" is not among the source's columns", hint: Guess.hint(for: column, among: source?.columns ?? []))
    }
    let sampling = sampling(section.mapping("sample"))
    let window = window(section.mapping("window"), section.mapping("reference"))
    let suites = (section.mappings("suites") ?? []).compactMap { entry -> SuiteSchedule? in
      let file = entry.requiredText("file")
      let every = entry.period("every") ?? Period(seconds: 86_400)
      entry.finish()
      return file.map { SuiteSchedule(file: path($0), every: every) }
    }
    let retrain = section.mapping("retrain").map(retrain)
    if retrain != nil, model?.remote != nil {
      section.fault(
        "retrain", "a remote model cannot be retrained: its weights are not here", hint: "remove retrain, or name base and adapter folders")
    }
    section.finish()
    guard let name, let source, let model else { return nil }
    return DeploymentConfiguration(
      name: name, source: source, model: model, labels: labels, sampling: sampling, window: window, protected: protected, suites: suites,
      retrain: retrain)
  }

  private func source(_ section: YAMLMapping) -> SourceConfiguration? {
    let database = section.requiredText("database")
    let table = section.requiredText("table")
    let key = section.requiredText("key", hint: "the primary key's column")
    let time = section.requiredText("time", hint: "the event time's column")
    let inserted = section.requiredText("inserted", hint: "a timestamptz column with default now(): how far back an increment looks")
    let input = section.requiredText("input")
    let label = section.text("label")
    let answer = section.text("answer")
    let columns = section.texts("columns") ?? []
    let lag = section.period("lag") ?? Period(seconds: 3_600)
    let horizon = section.period("label_horizon") ?? Period(seconds: 14 * 86_400)
    let storedText = section.text("store_text") ?? "redacted"
    if !["redacted", "raw"].contains(storedText) {
      section.fault("store_text", "store_text must be redacted or raw, got \"\(storedText)\"", hint: "redacted takes out what points at a person")
    }
    section.finish()
    guard let database, let table, let key, let time, let inserted, let input else { return nil }
    return SourceConfiguration(
      database: database, table: table, key: key, time: time, inserted: inserted, input: input, label: label, answer: answer, columns: columns,
      lag: lag, labelHorizon: horizon, storesRawText: storedText == "raw")
  }

  private func model(_ section: YAMLMapping) -> ModelConfiguration? {
    let served = section.mapping("remote")
    let base = served == nil ? section.requiredText("base", hint: "a Hugging Face model folder, or remote: {url, name}") : section.text("base")
    let adapter = section.text("adapter")
    let system = section.text("system")
    let tokens = section.integer("input_tokens_max", in: 1...1_000_000) ?? 512
    section.finish()
    guard let server = served else {
      return base.map { ModelConfiguration(place: .local(base: path($0), adapter: adapter.map(path)), system: system, inputTokensMax: tokens) }
    }
    if base != nil || adapter != nil {
      section.fault(nil, "a model has either remote, or base and adapter", hint: "remove base and adapter, or remove remote")
    }
    guard let remote = RemoteSection(server, path: path) else { return nil }
    if remote.api == .completions, system != nil {
      section.fault("system", "system is for api: chat; completions are given whole prompts", hint: "write the system message into remote.prompt")
    }
    return ModelConfiguration(place: .remote(remote), system: system, inputTokensMax: tokens)
  }

  private func sampling(_ section: YAMLMapping?) -> SamplingPlan {
    let rate = section?.number("rate", in: 0.000_001...1) ?? 1
    let strata = section?.texts("strata") ?? []
    let seed = section?.integer("seed", in: 0...Int.max) ?? 0
    let ownRates = section?.mapping("rates")
    var rates: [String: Double] = [:]
    for stratum in ownRates?.keys ?? [] { rates[stratum] = ownRates?.number(stratum, in: 0.000_001...1) }
    ownRates?.finish()
    section?.finish()
    return SamplingPlan(rate: rate, strata: strata, rates: rates, seed: UInt64(seed))
  }

  private func window(_ window: YAMLMapping?, _ reference: YAMLMapping?) -> WindowConfiguration {
    let every = window?.period("every") ?? Period(seconds: 3_600)
    let length = window?.period("length") ?? Period(seconds: 86_400)
    if every.seconds == 0 { window?.fault("every", "every must be longer than nothing") }
    if length.seconds == 0 { window?.fault("length", "length must be longer than nothing") }
    window?.finish()
    let from = reference?.time("from", parse: Timestamp.parse)
    let until = reference?.time("until", parse: Timestamp.parse)
    if let from, let until, until <= from { reference?.fault("until", "until must come after from") }
    let rows = reference?.integer("rows", in: 100...10_000_000) ?? 500
    reference?.finish()
    return WindowConfiguration(every: every, length: length, referenceFrom: from, referenceUntil: until, referenceRows: rows)
  }

  private func retrain(_ section: YAMLMapping) -> RetrainConfiguration {
    let cooldown = section.period("cooldown") ?? Period(seconds: 3 * 86_400)
    let minimumRows = section.integer("minimum_rows", in: 1...10_000_000) ?? 300
    let minimumSliceRows = section.integer("minimum_slice_rows", in: 1...10_000_000) ?? 280
    let original = section.text("original").map(path)
    let heldBack = section.text("held_back").map(path)
    let training = section.text("training").map(path)
    let replay = section.number("replay_share", in: 0...0.95) ?? 0.4
    let recent = section.period("recent") ?? Period(seconds: 30 * 86_400)
    let rowsMax = section.integer("rows_max", in: 10...10_000_000) ?? 2_000
    section.finish()
    return RetrainConfiguration(
      policy: RetrainPolicy(cooldown: cooldown.timeInterval, minimumRows: minimumRows, minimumSliceRows: minimumSliceRows), original: original,
      heldBack: heldBack, training: training, replayShare: replay, recent: recent, rowsMax: rowsMax)
  }
}

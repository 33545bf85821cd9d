import Foundation
import Hummingbird
import Logging
import Records
import Reports

/// Every address the daemon answers, in one place.
struct Routes {
  let interface: any OperatorInterface
  let logger: Logger

  /// Bytes of a request's body.
  static let bodyLimit = 1 << 20

  var router: Router<BasicRequestContext> {
    let router = Router(context: BasicRequestContext.self)
    router.add(middleware: Guard(logger: logger))
    addProbes(to: router)
    addReading(to: router.group("v1"))
    addChanging(to: router.group("v1"))
    addPages(to: router)
    return router
  }

  // MARK: - Probes

  private func addProbes(to router: Router<BasicRequestContext>) {
    router.get("healthz") { _, _ in Answer.plain("ok\n") }
    router.get("readyz") { _, _ in
      let reasons = await interface.unreadyReasons()
      return reasons.isEmpty ? Answer.plain("ready\n") : Answer.plain(reasons.joined(separator: "\n") + "\n", status: .serviceUnavailable)
    }
    router.get("metrics") { _, _ in
      Answer.bytes(Array(MetricFamily.text(try await interface.metrics()).utf8), type: "text/plain; version=0.0.4; charset=utf-8")
    }
  }

  // MARK: - Reading

  private func addReading(to group: RouterGroup<BasicRequestContext>) {
    group.get("status") { _, _ in try Answer.json(try await interface.status()) }
    group.get("alerts") { request, _ in
      let parameters = Parameters(request)
      let states = try parameters.list("state").map { text in
        guard let state = AlertState(rawValue: text) else {
          throw OperatorFault(
            .invalid, "no alert state is called \"\(text)\"", hint: "one of \(AlertState.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return state
      }
      let query = AlertQuery(deployment: parameters.text("deployment"), states: states, limit: try parameters.limit())
      return try Answer.json(Items(items: try await interface.alerts(query)))
    }
    group.get("alerts/:id") { _, context in try Answer.json(try await interface.alert(try context.identifier())) }
    group.get("jobs") { request, _ in
      let parameters = Parameters(request)
      let query = JobQuery(
        deployment: parameters.text("deployment"), kind: parameters.text("kind"), state: parameters.text("state"), limit: try parameters.limit())
      return try Answer.json(Items(items: try await interface.jobs(query)))
    }
    group.get("jobs/:id") { _, context in try Answer.json(try await interface.job(try context.identifier())) }
    group.get("models") { request, _ in
      try Answer.json(Items(items: try await interface.models(deployment: Parameters(request).text("deployment"))))
    }
    group.get("reports") { request, _ in
      let parameters = Parameters(request)
      let query = ReportQuery(deployment: parameters.text("deployment"), kind: parameters.text("kind"), limit: try parameters.limit())
      return try Answer.json(Items(items: try await interface.reports(query)))
    }
    group.get("reports/:id") { _, context in
      let name = try context.identifier()
      guard let format = ReportFormat.allCases.first(where: { name.hasSuffix(".\($0.rawValue)") }) else {
        return try Answer.json(try await interface.report(name))
      }
      let id = String(name.dropLast(format.rawValue.utf8.count + 1))
      return Answer.bytes(try await interface.reportFile(id, format: format), type: format.contentType, sandboxed: true)
    }
  }

  // MARK: - Changing

  private func addChanging(to group: RouterGroup<BasicRequestContext>) {
    group.post("evaluations") { request, _ in
      let (body, call) = try await Body.read(request, as: EvaluationRequest.self)
      return try Answer.accepted(try await interface.evaluate(body ?? EvaluationRequest(), call))
    }
    group.post("retrainings") { request, _ in
      let (body, call) = try await Body.read(request, as: RetrainingRequest.self)
      return try Answer.accepted(try await interface.retrain(body ?? RetrainingRequest(), call))
    }
    group.post("jobs/:id/cancel") { request, context in
      let (_, call) = try await Body.read(request, as: JSONValue.self)
      return try Answer.json(try await interface.cancelJob(try context.identifier(), call))
    }
    group.post("models/rollback") { request, _ in
      let (body, call) = try await Body.read(request, as: ModelChangeRequest.self)
      return try Answer.json(try await interface.rollback(body ?? ModelChangeRequest(), call))
    }
    group.post("models/:id/promote") { request, context in
      let (body, call) = try await Body.read(request, as: ModelChangeRequest.self)
      return try Answer.json(try await interface.promote(try context.identifier(), body ?? ModelChangeRequest(), call))
    }
    group.post("reload") { request, _ in
      let (_, call) = try await Body.read(request, as: JSONValue.self)
      return try Answer.json(try await interface.reload(call))
    }
  }

  // MARK: - Pages

  private func addPages(to router: Router<BasicRequestContext>) {
    router.get("/") { _, _ in
      let status = try await interface.status()
      let page = OverviewPage(
        status: status, alerts: try await interface.alerts(AlertQuery(states: [.pending, .firing], limit: 50)),
        jobs: try await interface.jobs(JobQuery(limit: 15)), models: try await interface.models(deployment: nil),
        reports: try await interface.reports(ReportQuery(limit: 20)))
      return Answer.page(page.html)
    }
    router.get("alerts/:id") { _, context in Answer.page(AlertPage(detail: try await interface.alert(try context.identifier())).html) }
  }
}

/// Query parameters; unknown ones are ignored, as is usual on the web.
private struct Parameters {
  let query: [String: String]

  init(_ request: Request) {
    query = Dictionary(request.uri.queryParameters.map { (String($0.key), String($0.value)) }) { first, _ in first }
  }

  func text(_ name: String) -> String? { query[name].flatMap { $0.isEmpty ? nil : $0 } }
  func list(_ name: String) -> [String] { text(name)?.split(separator: ",").map(String.init) ?? [] }

  /// At most a thousand.
  func limit() throws -> Int {
    guard let text = text("limit") else { return 200 }
    guard let limit = Int(text), (1...1000).contains(limit) else {
      throw OperatorFault(.invalid, "limit must be 1 to 1000, got \"\(text.prefix(40))\"")
    }
    return limit
  }
}

extension BasicRequestContext {
  /// `:id` of the path: letters, digits, dots, dashes and underscores, at most 128; anything else is nobody's identity.
  fileprivate func identifier() throws -> String {
    let id = parameters.get("id") ?? ""
    let plain = id.unicodeScalars.allSatisfy { c in
      ("a"..."z").contains(c) || ("A"..."Z").contains(c) || ("0"..."9").contains(c) || c == "." || c == "-" || c == "_"
    }
    guard !id.isEmpty, id.utf8.count <= 128, plain, !id.hasPrefix(".") else { throw OperatorFault(.notFound, "nothing has that identity") }
    return id
  }
}

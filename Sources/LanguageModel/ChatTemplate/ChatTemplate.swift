public import Files
public import Foundation

/// A chat template: Jinja as far as the templates of Hugging Face's models use it, with the settings that transformers gives it.
///
/// `trim_blocks` and `lstrip_blocks` are on; `tojson` writes as Python's `json.dumps`; `raise_exception`, `namespace`, `range`, `dict` and `strftime_now` are there;
/// `{% generation %}` is accepted. Parsed once, rendered often, from any thread. Production text comes in as values only and is never taken for a template.
///
/// Departures from Jinja, all of them refusals by name: numbers computed have 64 bits; HTML (`escape`, `xmlattr`, …), `random` and what would print an address
/// do not exist; text that `safe` has marked can be printed and little else (Jinja's would begin to escape what is put to it).
public struct ChatTemplate: Sendable {
  public let source: String
  /// Name or path, for messages.
  public let name: String
  public let limits: TemplateLimits
  private let body: TemplateBody

  /// Parses a template. Throws `TemplateFault` with the line of what is not understood.
  public init(_ source: String, name: String = "chat_template", limits: TemplateLimits = TemplateLimits()) throws(TemplateFault) {
    self.source = source
    self.name = name
    self.limits = limits
    do throws(TemplateProblem) {
      body = try Self.withRoom(full: Self.maximumNesting) { (depth) throws(TemplateProblem) in try TemplateParser.parse(source, maximumDepth: depth) }
    } catch {
      throw TemplateFault(template: name, line: error.line, reason: error.reason, problem: error.text)
    }
  }

  /// The text the template makes of its variables (`messages`, `add_generation_prompt`, `bos_token`, …).
  ///
  /// - now, timeZone: the clock of `strftime_now`; transformers' is that of the machine.
  public func render(_ variables: JSONObject, now: Date = Date(), timeZone: TimeZone = .current) throws(TemplateFault) -> String {
    let clock = TemplateClock(now: now, offset: timeZone.secondsFromGMT(for: now))
    do throws(TemplateProblem) {
      return try Self.withRoom(full: limits.depth) { (depth) throws(TemplateProblem) in
        var limits = limits
        limits.depth = depth
        let scope = TemplateScope()
        for (name, value) in variables.members { scope[name] = TemplateValue(value) }
        var evaluator = TemplateEvaluator(limits: limits, clock: clock)
        // Top-level names of the template go to a scope of their own, so that the context stays what it was.
        return try evaluator.render(body, TemplateScope(scope, body.names))
      }
    } catch {
      throw TemplateFault(template: name, line: error.line, reason: error.reason, problem: error.text)
    }
  }

  /// Blocks and brackets within one another.
  private static let maximumNesting = 40
  /// What fits on any thread's stack, with room to spare.
  private static let smallDepth = 14

  /// Does `work` to a small depth where we are; if that is not enough, once more to the full depth on a large stack. The work has no effects, so its result
  /// is the same either way.
  private static func withRoom<Value: Sendable>(
    full: Int, _ work: @escaping @Sendable (_ depth: Int) throws(TemplateProblem) -> Value
  ) throws(TemplateProblem) -> Value {
    let small = min(full, smallDepth)
    do throws(TemplateProblem) {
      return try work(small)
    } catch {
      guard error.isDepth, full > small else { throw error }
      let result = LargeStack.run(megabytes: 16) { () -> Result<Value, TemplateProblem> in
        do throws(TemplateProblem) { return .success(try work(full)) } catch { return .failure(error) }
      }
      return try result.get()
    }
  }
}

public import Files
public import Foundation

/// A chat template: Jinja as far as the templates of Hugging Face's models use it, with the settings that transformers gives it.
///
/// `trim_blocks` and `lstrip_blocks` are on; `tojson` writes as Python's `json.dumps`; `raise_exception`, `namespace`, `range`, `dict` and `strftime_now` are there;
/// `{% generation %}` is accepted. Parsed once, rendered often, from any thread. Production text comes in as values only and is never taken for a template.
///
/// Departures from Jinja: whole numbers have 64 bits, `safe` does nothing (there is no escaping to be safe from), `strftime_now` is in UTC.
public struct ChatTemplate: Sendable {
  public let source: String
  /// Name or path, for messages.
  public let name: String
  public let limits: TemplateLimits
  private let body: [TemplateStatement]

  /// Parses a template. Throws `TemplateFault` with the line of what is not understood.
  public init(_ source: String, name: String = "chat_template", limits: TemplateLimits = TemplateLimits()) throws(TemplateFault) {
    self.source = source
    self.name = name
    self.limits = limits
    do throws(TemplateProblem) {
      body = try TemplateParser.parse(source)
    } catch {
      throw TemplateFault(template: name, line: error.line, reason: error.reason, problem: error.text)
    }
  }

  /// The text the template makes of its variables (`messages`, `add_generation_prompt`, `bos_token`, …).
  ///
  /// - now: the clock of `strftime_now`.
  public func render(_ variables: JSONObject, now: Date = Date()) throws(TemplateFault) -> String {
    let scope = TemplateScope()
    for (name, value) in variables.members { scope[name] = TemplateValue(value) }
    var evaluator = TemplateEvaluator(limits: limits, now: now.timeIntervalSince1970)
    do throws(TemplateProblem) {
      // Top-level names of the template go to a scope of their own, so that the context stays what it was.
      return try evaluator.render(body, TemplateScope(scope))
    } catch {
      throw TemplateFault(template: name, line: error.line, reason: error.reason, problem: error.text)
    }
  }
}

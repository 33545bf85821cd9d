/// What is wrong with a chat template or with rendering it, and on which line.
public struct TemplateFault: Error, Hashable, Sendable, CustomStringConvertible {
  public enum Reason: Hashable, Sendable {
    /// The text is not a template that is understood.
    case syntax
    /// Something went wrong while rendering.
    case evaluation
    /// The template itself called `raise_exception`: the conversation is not one it accepts.
    case raised
    /// A bound on steps, output, memory or depth was reached.
    case limit
  }

  /// Name or path of the template.
  public var template: String
  /// Counted from 1.
  public var line: Int
  public var reason: Reason
  public var problem: String

  public init(template: String, line: Int, reason: Reason, problem: String) {
    self.template = template
    self.line = line
    self.reason = reason
    self.problem = problem
  }

  public var description: String { "\(template): template line \(line): \(problem)" }
}

/// A fault before the template's name is known.
struct TemplateProblem: Error {
  var line: Int
  var reason: TemplateFault.Reason
  var text: String
  /// Whether it is the nesting that was too deep, for which more stack may be the mend.
  var isDepth = false
}

/// Bounds on what a template may use up: templates come with models, and a model folder is not trusted code.
public struct TemplateLimits: Sendable, Hashable {
  /// Expressions and statements evaluated, loop rounds included.
  public var steps: Int
  /// UTF-8 bytes of output.
  public var outputBytes: Int
  /// Bytes of all texts and list elements made on the way, output included.
  public var workBytes: Int
  /// Expressions within expressions, statements within statements and macro calls, together.
  public var depth: Int

  public init(steps: Int = 2_000_000, outputBytes: Int = 32 << 20, workBytes: Int = 512 << 20, depth: Int = 120) {
    self.steps = steps
    self.outputBytes = outputBytes
    self.workBytes = workBytes
    self.depth = depth
  }
}

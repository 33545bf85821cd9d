import Evaluation
import Files

/// The continuation's part of an echoed text, cut where lm-evaluation-harness cuts (`lm_eval/models/openai_completions.py` and `TemplateLM._encode_pair`, version 0.4.13):
/// white space at the context's end goes to the continuation, and the continuation's tokens are those behind as many as the context has alone. A token that is
/// merged across the boundary so shifts it; that is the reference's behaviour, and scores compare with it.
enum EchoScore {
  /// What is echoed alone: the context without white space at its end. May be empty.
  static func context(_ text: String) -> String { text.splitBeforeTrailingSpace().text }

  /// Why an answer gives no score.
  enum Fault: Error, Hashable {
    /// The server does not do what scoring needs.
    case notOffered(String)
    /// This request cannot be scored.
    case request(String)
  }

  static func score(context: ServerAnswer, whole: ServerAnswer) throws(Fault) -> ContinuationScore {
    guard let before = context.echoed, let all = whole.echoed else { throw .notOffered("it gives no log-probabilities, or no counts in `usage`") }
    guard all.count > before.count else { throw .request("the continuation has no tokens of its own") }
    let tokens = all.dropFirst(before.count)
    var values: [Double] = []
    for token in tokens {
      guard let value = token.logProbability else { throw .request("the first token of a text has no log-probability; give a context") }
      values.append(value)
    }
    return ContinuationScore(
      logProbability: values.reduce(0, +), tokenLogProbabilities: values, tokens: tokens.map(\.text), isGreedy: isGreedy(tokens))
  }

  private static func isGreedy(_ tokens: ArraySlice<ServerAnswer.Token>) -> Bool? {
    guard tokens.allSatisfy({ !$0.top.isEmpty }) else { return nil }
    return tokens.allSatisfy { token in token.top.allSatisfy { $0.logProbability <= token.logProbability ?? 0 } }
  }
}

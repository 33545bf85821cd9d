import Foundation

/// The text around an input for a server that is given whole prompts: `<|user|>{input}<|end|><|assistant|>`.
///
/// The token that begins a text is left out where the server adds it itself, as vLLM and llama.cpp do.
package struct PromptForm: Sendable, Hashable {
  package let text: String
  private let before: String
  private let after: String
  /// What in the form looks like a token of its own: `<|end|>`, `<end_of_turn>`, `[/INST]`. An input that holds it could end its own turn.
  private let markup: [String]

  static let place = "{input}"

  package init(_ text: String) throws(PromptFormFault) {
    let parts = text.split(separator: Self.place, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw PromptFormFault(places: parts.count - 1) }
    self.text = text
    before = String(parts[0])
    after = String(parts[1])
    markup = Self.markup(in: before) + Self.markup(in: after)
  }

  /// - input: as production had it; markup in it becomes a space.
  func prompt(_ input: String) -> String {
    before + markup.reduce(input) { $0.replacing($1, with: " ") } + after
  }

  private static func markup(in text: String) -> [String] {
    var found: [String] = []
    var open: String.UnicodeScalarView?
    for scalar in text.unicodeScalars {
      if scalar == "<" || scalar == "[" {
        open = String.UnicodeScalarView([scalar])
      } else if scalar.properties.isWhitespace {
        open = nil
      } else if var piece = open {
        piece.append(scalar)
        open = piece
        if scalar == (piece.first == "<" ? ">" : "]") {
          found.append(String(piece))
          open = nil
        }
      }
    }
    return found
  }
}

/// A prompt that no input, or more than one, goes into.
package struct PromptFormFault: Error, Sendable, Hashable, CustomStringConvertible {
  package var places: Int

  var problem: String { "the prompt has {input} \(places == 0 ? "nowhere" : "\(places) times"), it must stand there once" }
  static let hint = "write the model's chat format, for example \"<|user|>{input}<|end|><|assistant|>\""

  package var description: String { "\(problem)\nhint: \(Self.hint)" }
}

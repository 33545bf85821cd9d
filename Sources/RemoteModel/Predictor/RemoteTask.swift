import Foundation

/// What is asked of a remote model: which labels, in what words.
package struct RemoteTask: Sendable, Hashable {
  package enum Prompt: Sendable, Hashable {
    /// The server renders system message and input by the model's own template.
    case messages(system: String?)
    /// The whole prompt is ours.
    case text(PromptForm)
  }

  /// Empty for a model that only writes and scores.
  package var labels: [String]
  package var prompt: Prompt
  /// Longest input in Unicode scalars; the rest is cut off at the end. Tokens cannot be counted here: the tokenizer is the server's.
  package var inputScalarsMax: Int

  /// - Throws: `RemoteTaskFault` when a label is empty or stands twice.
  package init(labels: [String], prompt: Prompt, inputScalarsMax: Int = 16_384) throws(RemoteTaskFault) {
    precondition(inputScalarsMax > 0, "an input has room")
    for (place, label) in labels.enumerated() {
      if label.trimmingCharacters(in: .whitespacesAndNewlines).isEmpty { throw RemoteTaskFault(label: label, problem: "has no letters") }
      if labels[..<place].contains(where: { $0.utf8.elementsEqual(label.utf8) }) {
        throw RemoteTaskFault(label: label, problem: "stands there twice")
      }
    }
    self.labels = labels
    self.prompt = prompt
    self.inputScalarsMax = inputScalarsMax
  }

  var api: RemoteSettings.API {
    switch prompt {
    case .messages: .chat
    case .text: .completions
    }
  }

  /// Without white space around it and no longer than allowed; nil when nothing is left.
  func fitted(_ input: String) -> String? {
    let text = String(String.UnicodeScalarView(input.unicodeScalars.prefix(inputScalarsMax))).trimmingCharacters(in: .whitespacesAndNewlines)
    return text.isEmpty ? nil : text
  }
}

/// A label that cannot be asked for.
package struct RemoteTaskFault: Error, Sendable, Hashable, CustomStringConvertible {
  package var label: String
  package var problem: String

  package var description: String { "label \"\(label)\" \(problem)\nhint: give each label a name of its own" }
}

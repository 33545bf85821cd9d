import Foundation

/// `README.md` beside the weights: what they are and how they came about, every number from the run itself.
struct ModelCard {
  var record: RunRecord
  var outcome: TrainingOutcome

  var text: String {
    let configuration = record.configuration
    var lines: [String] = ["---"]
    if configuration.lora != nil {
      lines += ["base_model: \(yaml(record.base))", "library_name: peft"]
    } else {
      lines.append("library_name: transformers")
    }
    lines += ["pipeline_tag: text-generation", "tags:", "- vigil"]
    if configuration.lora != nil { lines.append("- lora") }
    lines += ["---", "", "# \(URL(filePath: outcome.output).lastPathComponent)", ""]
    if let lora = configuration.lora {
      lines.append(
        "A LoRA adapter (rank \(lora.r), alpha \(number(lora.loraAlpha)), dropout \(number(lora.loraDropout))\(lora.useRSLoRA ? ", rsLoRA" : "")) on "
          + "\(lora.targetModules.map(\.rawValue).joined(separator: ", ")) of `\(record.base)`, trained by Vigil.")
    } else {
      lines.append(
        "All parameters, \(record.fromScratch ? "from random weights by the configuration of" : "starting from") `\(record.base)`, trained by Vigil.")
    }
    lines += ["", "| | |", "|---|---|"]
    func row(_ name: String, _ value: String) { lines.append("| \(name) | \(value) |") }
    row("trained parameters", String(record.trainedParameters))
    row("base model digest", "`\(record.baseDigest)`")
    row("training rows", data(record.train))
    if let validation = record.validation { row("validation rows", data(validation)) }
    row("steps", "\(outcome.steps) of \(outcome.plannedSteps), \(outcome.tokens) tokens; the weights are those of step \(outcome.resultStep)")
    row("end", outcome.stopReason)
    row("training loss of the last step", String(format: "%.4f nats a token", outcome.loss))
    if let best = outcome.bestValidationLoss, let step = outcome.bestStep {
      row("lowest validation loss", String(format: "%.4f nats a token, at step %d", best, step))
    }
    row(
      "optimiser",
      "AdamW (\(number(configuration.adamBeta1)), \(number(configuration.adamBeta2)), \(number(configuration.adamEpsilon))), weight decay "
        + "\(number(configuration.weightDecay)), gradient norm at most \(number(configuration.maxGradNorm))")
    row("learning rate", "\(number(configuration.learningRate)), \(configuration.lrSchedulerType.rawValue)")
    row("sequences a step", "\(configuration.perDeviceTrainBatchSize) x \(configuration.gradientAccumulationSteps)")
    row("seed", String(record.seed))
    row("computed in", "32-bit floats on \(record.numerics.blas) (\(record.numerics.kernels)), \(record.numerics.threads) threads")
    row("wall time", String(format: "%.0f s", outcome.wallSeconds))
    row("SHA-256 of the weights", "`\(outcome.weightsDigest)`")
    lines += ["", "The loss counts only what the rows teach: completions, or the last assistant turn with the token that ends it.", ""]
    return lines.joined(separator: "\n")
  }

  private func data(_ source: RunRecord.DataSource) -> String {
    "\(source.counts.rows) (\(source.counts.tokens) tokens, \(source.counts.supervisedTokens) of them taught), `\(source.sha256.hex)`"
  }

  private func number(_ value: Double) -> String { value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value) }

  /// A YAML scalar in double quotes.
  private func yaml(_ text: String) -> String {
    "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
  }
}

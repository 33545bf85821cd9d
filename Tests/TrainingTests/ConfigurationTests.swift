import Foundation
import LanguageModel
import Testing

@testable import Training

@Suite struct ConfigurationTests {
  private func read(_ json: String) throws -> TrainingConfiguration { try TrainingConfiguration(json: Data(json.utf8), source: "train.json") }

  private func fault(_ json: String) -> String {
    do {
      _ = try read(json)
      return "accepted"
    } catch let fault as TrainingFault {
      return fault.kind == .configuration ? fault.message : "\(fault.kind)"
    } catch {
      return "\(error)"
    }
  }

  @Test func `reads the names of transformers and PEFT`() throws {
    let found = try read(
      """
      {"learning_rate": 1e-4, "lr_scheduler_type": "linear", "warmup_steps": 7, "max_steps": 50, "per_device_train_batch_size": 3,
       "gradient_accumulation_steps": 5, "max_grad_norm": 0.5, "weight_decay": 0, "adam_beta1": 0.8, "adam_beta2": 0.95, "adam_epsilon": 1e-6, "seed": 9,
       "shuffle": false, "load_best_model_at_end": false, "num_train_epochs": 1.5, "early_stopping_patience": 2,
       "lora": {"r": 8, "lora_alpha": 12, "lora_dropout": 0.1, "target_modules": ["v_proj", "q_proj"], "use_rslora": true, "use_dora": false,
                "init_adapter": "champion"}}
      """)
    var expected = TrainingConfiguration()
    (expected.learningRate, expected.lrSchedulerType, expected.warmupSteps, expected.maxSteps) = (1e-4, .linear, 7, 50)
    (expected.perDeviceTrainBatchSize, expected.gradientAccumulationSteps, expected.maxGradNorm, expected.weightDecay) = (3, 5, 0.5, 0)
    (expected.adamBeta1, expected.adamBeta2, expected.adamEpsilon, expected.seed, expected.shuffle) = (0.8, 0.95, 1e-6, 9, false)
    (expected.loadBestModelAtEnd, expected.numTrainEpochs, expected.earlyStoppingPatience) = (false, 1.5, 2)
    var lora = TrainingConfiguration.LoRA()
    (lora.r, lora.loraAlpha, lora.loraDropout, lora.targetModules, lora.useRSLoRA, lora.initAdapter) = (8, 12, 0.1, [.q, .v], true, "champion")
    expected.lora = lora
    #expect(found == expected)
    #expect(abs(lora.scale - 12 / 8.0.squareRoot()) < 1e-12)
  }

  @Test func `an empty table is the defaults, and no lora means all parameters`() throws {
    #expect(try read("{}") == TrainingConfiguration())
    #expect(try read("{}").lora == nil)
    #expect(try read(#"{"lora": {}}"#).lora == TrainingConfiguration.LoRA())
    #expect(try read(#"{"lora": {"target_modules": "all-linear"}}"#).lora?.targetModules == LlamaLinear.allCases)
  }

  @Test func `alpha follows the rank unless it is given`() throws {
    #expect(try read(#"{"lora": {"r": 4}}"#).lora?.loraAlpha == 8)
  }

  @Test func `an unknown key is named with a guess`() {
    #expect(fault(#"{"learning_rte": 1}"#) == "train.json: unknown key learning_rte; did you mean learning_rate?")
    #expect(fault(#"{"lora": {"alpha": 1, "lora_dropot": 0}}"#).contains("unknown key lora.lora_dropot; did you mean lora.lora_dropout?"))
    #expect(fault(#"{"zzzzzzzz": 1}"#) == "train.json: unknown key zzzzzzzz")
  }

  @Test func `every fault is reported, not the first`() {
    let text = fault(
      #"{"learning_rate": 0, "max_steps": 1.5, "shuffle": "yes", "lr_scheduler_type": "cosin", "lora": {"r": 0, "target_modules": ["q"]}}"#)
    for part in [
      "learning_rate must be", "max_steps must be", "shuffle must be true or false", "lr_scheduler_type must be one of", "lora.r must be",
      "cannot adapt \"q\"",
    ] {
      #expect(text.contains(part), "\(part) is not in: \(text)")
    }
    #expect(text.split(separator: "\n").count == 6)
  }

  @Test(arguments: [
    #"{"learning_rate": "fast"}"#, #"{"learning_rate": -1}"#, #"{"adam_beta1": 1}"#, #"{"lora": {"lora_dropout": 1}}"#, #"{"lora": true}"#,
    #"{"lora": {"target_modules": []}}"#, #"{"lora": {"target_modules": "q_proj"}}"#, #"{"lora": {"use_dora": true}}"#, #"{"seed": -1}"#,
    #"{"truncation_mode": "middle"}"#, #"{"warmup_steps": 1.5}"#, "[1]", "nonsense",
  ]) func `refuses`(_ json: String) {
    #expect(fault(json).hasPrefix("train.json: "), "\(fault(json))")
  }

  @Test func `a number written as text is a number`() throws {
    #expect(try read(#"{"learning_rate": "2e-5"}"#).learningRate == 2e-5)
  }
}

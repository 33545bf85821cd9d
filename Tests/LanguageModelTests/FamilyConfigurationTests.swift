import Files
import Foundation
import TestSupport
import Testing

@testable import LanguageModel

/// Configurations of the families' golden models with something changed.
@Suite struct FamilyConfigurationTests {
  /// What reading a case's configuration with some members replaced says; nil takes a member out.
  private static func fault(_ name: String, _ members: [(String, OrderedJSON?)]) throws -> String {
    var object = try #require(
      try StrictJSON.parse(Array(try Data(contentsOf: FamilyCase.families.appending(path: "\(name)/config.json"))), file: name).objectValue)
    for (key, value) in members { object[key] = value }
    var reader = ConfigurationReader(object, path: name)
    do {
      _ = try ModelConfiguration.read(&reader)
      return "no fault"
    } catch { return "\(error)" }
  }

  static let refused: [(name: String, members: [(String, OrderedJSON?)], wanted: String)] = [
    ("llama", [("num_attention_heads", 5), ("head_dim", nil)], "hidden_size 32 is not a multiple of num_attention_heads 5"),
    ("llama-linear", [("rope_scaling", ["type": "linear", "factor": .double(0.5)])], "factor must be a number in 1.0..."),
    ("llama-dynamic", [("rope_parameters", ["rope_type": "dynamic"])], "rope_parameters needs a factor"),
    (
      "llama3", [("rope_parameters", ["rope_type": "llama3", "factor": 8, "low_freq_factor": 4, "high_freq_factor": 1])], "below the high_freq_factor"
    ),
    ("mistral", [("layer_types", ["full_attention", "sliding_attention"])], "layer_types mixes windows"),
    ("mistral", [("sliding_window", 0)], "sliding_window must be a whole number"),
    ("qwen3", [("layer_types", ["full_attention", "chunked_attention", "full_attention"])], "layer_types has chunked_attention"),
    ("qwen3", [("layer_types", ["full_attention"])], "must be a list of 3 names"),
    ("qwen3", [("use_sliding_window", false)], "there is no sliding_window"),
    ("qwen2", [("partial_rotary_factor", .double(0.5))], "partial_rotary_factor is 0.5"),
    ("gemma2", [("use_bidirectional_attention", true)], "use_bidirectional_attention is true"),
    ("gemma2", [("hidden_activation", "laplace")], "hidden_activation is laplace"),
    ("gemma3", [("attn_logit_softcapping", 50)], "attn_logit_softcapping is set"),
    ("gemma3", [("rope_parameters", ["rope_type": "default"])], "rope_parameters has the key rope_type"),
    ("gemma3", [("architectures", ["Gemma3ForConditionalGeneration"])], "Gemma3ForConditionalGeneration, which is not known"),
    ("phi3", [("rope_parameters", ["rope_type": "linear", "factor": 2])], "Phi-3 has default or longrope"),
    ("phi3", [("partial_rotary_factor", .double(0.4)), ("rope_parameters", nil)], "turns 3 elements of each head"),
    ("smollm3", [("no_rope_layers", [1, 2])], "no_rope_layers must be a list of 3 times 0 or 1"),
    ("gpt2", [("add_cross_attention", true)], "add_cross_attention is true"),
    ("gpt2", [("n_head", 5)], "n_embd 32 is not a multiple of n_head 5"),
    ("bert", [("position_embedding_type", "relative_key")], "position_embedding_type is relative_key"),
    ("bert", [("is_decoder", true)], "is_decoder is true"),
    ("bert", [("id2label", ["0": "a", "2": "b"])], "id2label must name the classes"),
    ("bert", [("problem_type", "ranking")], "problem_type is ranking"),
    ("roberta", [("max_position_embeddings", 2)], "leaves no place after the padding id 1"),
    ("distilbert", [("quantization_config", ["quant_method": "awq"])], "quantization_config (awq)"),
    ("bert", [("architectures", ["BertForTokenClassification"])], "BertForTokenClassification, which is not known"),
  ]

  @Test(arguments: refused.indices) func `what is not understood is refused by name`(index: Int) throws {
    let (name, members, wanted) = Self.refused[index]
    let text = try Self.fault(name, members)
    #expect(text.contains(wanted), "\(text)")
  }

  @Test func `harmless differences are none`() throws {
    #expect(try Self.fault("llama", [("architectures", nil), ("use_cache", false), ("pretraining_tp", 1)]) == "no fault")
    #expect(
      try Self.fault(
        "phi3", [("rope_scaling", ["type": "su", "partial_rotary_factor": .double(0.75), "short_factor": [1, 1, 1], "long_factor": [2, 2, 2]])])
        == "no fault")
    #expect(try Self.fault("mistral", [("sliding_window", .null)]) == "no fault")
    #expect(try Self.fault("bert", [("id2label", nil), ("problem_type", .null)]) == "no fault")
  }

  @Test func `keys left out have the defaults of transformers' own class`() throws {
    func read(_ name: String, without keys: [String]) throws -> ModelConfiguration {
      var object = try #require(
        try StrictJSON.parse(Array(try Data(contentsOf: FamilyCase.families.appending(path: "\(name)/config.json"))), file: name).objectValue)
      for key in keys { object[key] = nil }
      var reader = ConfigurationReader(object, path: name)
      return try ModelConfiguration.read(&reader)
    }
    #expect(try read("mistral", without: ["sliding_window"]).blocks[0].attention.window == 4096)
    #expect(try read("phi3", without: ["sliding_window"]).blocks[0].attention.window == nil)
    #expect(try read("gemma2", without: ["attn_logit_softcapping"]).blocks[0].attention.softcap == 50)
    #expect(try read("gemma3", without: ["layer_types"]).blocks.map(\.attention.rotary) == [1, 1, 1])
    #expect(try read("gemma3", without: ["rope_parameters"]).rotaries.map(\.theta) == [1e6, 1e4])
    #expect(try read("qwen3", without: ["head_dim"]).blocks[0].attention.headDimension == 128)
    #expect(try read("smollm3", without: ["rope_parameters", "no_rope_layers", "layer_types"]).rotaries[0].theta == 2_000_000)
    #expect(try read("smollm3", without: ["no_rope_layers", "layer_types"]).blocks.map(\.attention.rotary) == [0, 0, 0])
    #expect(try read("gpt2", without: ["n_inner"]).blocks[0].feedForward.width == 128)
    #expect(try read("gemma2", without: ["tie_word_embeddings"]).tiedEmbeddings && !read("llama", without: ["tie_word_embeddings"]).tiedEmbeddings)
  }

  @Test func `a model saved without its head has names without the prefix, and old names of LayerNorm are known`() throws {
    let configuration = try FamilyCase("bert").configuration
    #expect(
      configuration.spellings("bert.embeddings.LayerNorm.weight") == [
        "bert.embeddings.LayerNorm.weight", "embeddings.LayerNorm.weight", "bert.embeddings.LayerNorm.gamma", "embeddings.LayerNorm.gamma",
      ])
    #expect(configuration.spellings("classifier.weight") == ["classifier.weight"])
    #expect(configuration.isHarmless("cls.predictions.bias") && !configuration.isHarmless("bert.encoder.extra"))
  }

  @Test func `modules of sentence-transformers that are not done are refused by name`() throws {
    let folder = try TemporaryFolder("vigil-sentence")
    let model = try ModelConfiguration.open(TestSupport.fixtures.appending(path: "golden/families/bert/config.json"))
    func open() throws -> SentenceConfiguration? { try SentenceConfiguration.open(folder.url, model) }
    func fault(_ modules: String, pooling: String = "{\"pooling_mode_mean_tokens\": true}") throws -> String {
      try Data(modules.utf8).write(to: folder.url.appending(path: "modules.json"))
      try FileManager.default.createDirectory(at: folder.url.appending(path: "1_Pooling"), withIntermediateDirectories: true)
      try Data(pooling.utf8).write(to: folder.url.appending(path: "1_Pooling/config.json"))
      do { return "\(String(describing: try open()?.pooling))" } catch { return "\(error)" }
    }
    let both =
      #"[{"type": "sentence_transformers.models.Transformer", "path": ""}, {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"}"#
    #expect(try open() == nil)
    #expect(try fault(both + "]").contains("mean"))
    #expect(try fault(both + #", {"type": "sentence_transformers.models.Dense"}]"#).contains("a module of type Dense"))
    #expect(try fault("[]").contains("no Transformer"))
    #expect(try fault(both + "]", pooling: "{\"pooling_mode_max_tokens\": true}").contains("pools by max_tokens"))
    #expect(try fault(both + "]", pooling: "{\"pooling_mode_mean_tokens\": true, \"pooling_mode_cls_token\": true}").contains(" and "))
    #expect(try fault(both.replacingOccurrences(of: "1_Pooling", with: "../x") + "]").contains("its Pooling in \"../x\""))
    #expect(try fault(both + "]").contains("mean"))
    #expect(try open()?.maximumTokens == model.maximumPositions && open()?.prompt == "")
    _ = try folder.file("tokenizer_config.json", #"{"model_max_length": 9}"#)
    _ = try folder.file("config_sentence_transformers.json", #"{"prompts": {"query": "find: "}, "default_prompt_name": "query"}"#)
    #expect(try open()?.maximumTokens == 9 && open()?.prompt == "find: ")
    _ = try folder.file("sentence_bert_config.json", #"{"max_seq_length": 7, "do_lower_case": false}"#)
    #expect(try open()?.maximumTokens == 7)
    #expect(try fault(both + "]", pooling: #"{"pooling_mode_mean_tokens": true, "include_prompt": false}"#).contains("include_prompt"))
    _ = try folder.file("config_sentence_transformers.json", #"{"prompts": {}, "default_prompt_name": "query"}"#)
    #expect(try fault(both + "]").contains("default_prompt_name is \"query\""))
    _ = try folder.file("config_sentence_transformers.json", "{}")
    _ = try folder.file("sentence_bert_config.json", #"{"do_lower_case": true}"#)
    #expect(try fault(both + "]").contains("do_lower_case is true"))
  }

  @Test func `a long text is cut between its special tokens`() throws {
    let tokenizer = try Tokenizer(json: Array(try TestSupport.golden("tokenizer-llama3.json")))
    let (text, whole) = ("one two three four five", tokenizer.ids("one two three four five"))
    let sentence = SentenceConfiguration(pooling: .mean, normalizes: false, maximumTokens: 3)
    let specials = whole.count - tokenizer.ids(text, addSpecialTokens: false).count
    #expect(whole.count > 3 && sentence.tokens(text, tokenizer).ids.count == 3)
    #expect(Array(sentence.tokens(text, tokenizer).ids.prefix(3 - specials)) == Array(whole.prefix(3 - specials)))
    #expect(
      SentenceConfiguration(pooling: .mean, normalizes: false, maximumTokens: whole.count).tokens(text, tokenizer) == .init(ids: whole, truncated: 0))
    #expect(sentence.tokens(text, tokenizer).truncated == whole.count - 3)
  }
}

/// Whose regular expressions are read: what they mean differently, and how large they may become.
enum RegexDialect: Sendable, Hashable {
  /// Oniguruma's as in Ruby, of `tokenizer.json`. Run within a bound on steps.
  case oniguruma
  /// Python's `re` over texts, of `adapter_config.json`. Run remembering what was tried, so that the time is bounded by the lengths of the pattern and the path.
  case python

  /// `\w`; Python's is what `str.isalnum` says, or an underscore.
  var word: ScalarSet { self == .python ? Self.pythonWord : .word }

  /// `\s`; Python's is what `str.isspace` says.
  var space: ScalarSet { self == .python ? Self.pythonSpace : .whiteSpace }

  /// With repeats written out.
  var maximumSteps: Int { self == .python ? 20_000 : 40_000 }

  /// Of these, what look-around may have: it is run anew at every place.
  var maximumBodySteps: Int { self == .python ? 2000 : 40_000 }

  private static let pythonWord = ScalarSet.union([.categories([.letter, .number]), .scalar("_")])
  private static let pythonSpace = ScalarSet.union([.whiteSpace, .range(0x1C, 0x1F)])
}

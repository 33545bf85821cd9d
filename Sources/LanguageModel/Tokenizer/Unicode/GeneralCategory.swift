/// Unicode's general category, as Oniguruma has it, the library that runs a tokenizer's regular expressions.
enum GeneralCategory: UInt8, CaseIterable, Sendable {
  case cn, lu, ll, lt, lm, lo, mn, mc, me, nd, nl, no, pc, pd, ps, pe, pi, pf, po, sm, sc, sk, so, zs, zl, zp, cc, cf, cs, co

  private static let table = TableReader.expand(GeneralCategoryTable.runs)

  /// A bit for every category.
  struct Mask: OptionSet, Hashable, Sendable {
    let rawValue: UInt32

    static let letter = Mask(.lu, .ll, .lt, .lm, .lo)
    static let mark = Mask(.mn, .mc, .me)
    static let number = Mask(.nd, .nl, .no)
    static let punctuation = Mask(.pc, .pd, .ps, .pe, .pi, .pf, .po)
    static let symbol = Mask(.sm, .sc, .sk, .so)
    static let separator = Mask(.zs, .zl, .zp)
    static let other = Mask(.cn, .cc, .cf, .cs, .co)

    init(rawValue: UInt32) {
      self.rawValue = rawValue
    }

    init(_ categories: GeneralCategory...) {
      rawValue = categories.reduce(0) { $0 | 1 << UInt32($1.rawValue) }
    }
  }

  /// The bit of a scalar's category.
  static func mask(of scalar: Unicode.Scalar) -> Mask { Mask(rawValue: 1 << UInt32(table[Int(scalar.value)])) }
}

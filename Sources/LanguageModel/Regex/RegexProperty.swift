/// The names that `\p{…}` and `[:…:]` take.
enum RegexProperty {
  /// A name without what Oniguruma passes over: case, spaces, hyphens and underscores.
  static func plain(_ name: String) -> String {
    var plain = String.UnicodeScalarView()
    for scalar in name.unicodeScalars where scalar != " " && scalar != "-" && scalar != "_" {
      plain.append(("A"..."Z").contains(scalar) ? Unicode.Scalar(UInt8(scalar.value) + 32) : scalar)
    }
    return String(plain)
  }

  /// The characters of a property; nil for a name that is not known here.
  static func set(_ name: String) -> ScalarSet? {
    let name = plain(name)
    if let mask = groups[name] { return .categories(mask) }
    if let place = GeneralCategory.allCases.first(where: { String(describing: $0) == name }) { return .categories(.init(place)) }
    if let place = longNames[name] { return .categories(.init(place)) }
    if let script = Scripts.number(name) { return .script(script) }
    switch name {
    case "any": return .any
    case "assigned": return .not(.categories(.init(.cn)))
    case "ascii": return .range(0, 0x7F)
    case "alpha", "alphabetic": return .alphabetic
    case "space", "whitespace": return .whiteSpace
    case "word": return .word
    case "digit": return .digit
    case "xdigit", "asciihexdigit", "ahex": return .hexDigit
    case "cntrl": return .categories(.init(.cc))
    case "blank": return .union([.range(0x9, 0x9), .categories(.init(.zs))])
    default: return nil
    }
  }

  /// A bracket of POSIX's, which Oniguruma reads as Unicode has it.
  static func posix(_ name: String) -> ScalarSet? {
    switch name {
    case "alpha", "ascii", "blank", "cntrl", "digit", "space", "xdigit": set(name)
    case "alnum": .union([.alphabetic, .digit])
    case "punct": .categories([.punctuation, .symbol])
    default: nil
    }
  }

  private static let groups: [String: GeneralCategory.Mask] = [
    "l": .letter, "letter": .letter, "lc": .init(.lu, .ll, .lt), "casedletter": .init(.lu, .ll, .lt), "m": .mark, "mark": .mark,
    "combiningmark": .mark,
    "n": .number, "number": .number, "p": .punctuation, "punctuation": .punctuation, "s": .symbol, "symbol": .symbol, "z": .separator,
    "separator": .separator, "c": .other, "other": .other,
  ]

  private static let longNames: [String: GeneralCategory] = [
    "uppercaseletter": .lu, "lowercaseletter": .ll, "titlecaseletter": .lt, "modifierletter": .lm, "otherletter": .lo, "nonspacingmark": .mn,
    "spacingmark": .mc, "enclosingmark": .me, "decimalnumber": .nd, "letternumber": .nl, "othernumber": .no, "connectorpunctuation": .pc,
    "dashpunctuation": .pd, "openpunctuation": .ps, "closepunctuation": .pe, "initialpunctuation": .pi, "finalpunctuation": .pf,
    "otherpunctuation": .po, "mathsymbol": .sm, "currencysymbol": .sc, "modifiersymbol": .sk, "othersymbol": .so, "spaceseparator": .zs,
    "lineseparator": .zl, "paragraphseparator": .zp, "control": .cc, "format": .cf, "privateuse": .co, "surrogate": .cs, "unassigned": .cn,
  ]
}

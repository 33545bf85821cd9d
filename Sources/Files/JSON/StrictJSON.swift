/// One JSON text, parsed whole and strictly.
public enum StrictJSON {
  public static func parse(_ bytes: [UInt8], file: String, firstLine: Int = 1, baseOffset: Int = 0) throws(JSONFault) -> OrderedJSON {
    var scanner = try JSONScanner(bytes, file: file, firstLine: firstLine, baseOffset: baseOffset)
    let value = try scanner.value()
    try scanner.end()
    return value
  }

  public static func parse(_ text: String, file: String = "text") throws(JSONFault) -> OrderedJSON {
    try parse(Array(text.utf8), file: file)
  }
}

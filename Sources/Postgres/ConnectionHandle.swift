internal import CLibPQ

/// Owns one `PGconn`; freed with it. Not Sendable on purpose: it never leaves the connection's actor.
final class ConnectionHandle {
  let raw: OpaquePointer

  init(_ raw: OpaquePointer) { self.raw = raw }

  deinit { PQfinish(raw) }

  var isUsable: Bool { PQstatus(raw) == CONNECTION_OK }

  /// libpq's last word about this connection, without the trailing line feed.
  var message: String { trimmed(PQerrorMessage(raw)) }
}

/// Owns one `PGresult`.
final class ResultHandle {
  let raw: OpaquePointer

  init(_ raw: OpaquePointer) { self.raw = raw }

  deinit { PQclear(raw) }

  var status: ExecStatusType { PQresultStatus(raw) }

  /// Rows inserted, updated, deleted or selected, as the command tag says; 0 for commands without a count.
  var affected: Int { Int(String(cString: PQcmdTuples(raw))) ?? 0 }

  /// One field of the server's report, where it has it.
  func field(_ code: Character) -> String? {
    guard let ascii = code.asciiValue, let text = PQresultErrorField(raw, CInt(ascii)) else { return nil }
    return trimmed(text)
  }
}

/// Text that libpq gave, without white space at its ends.
func trimmed(_ text: UnsafePointer<CChar>?) -> String {
  guard let text else { return "" }
  let whole = String(cString: text)
  guard let first = whole.firstIndex(where: { !$0.isWhitespace }), let last = whole.lastIndex(where: { !$0.isWhitespace }) else { return "" }
  return String(whole[first...last])
}

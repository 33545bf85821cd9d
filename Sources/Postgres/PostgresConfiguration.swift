internal import CLibPQ
internal import Foundation

/// Where and how to connect: a connection string with Vigil's defaults under it.
package struct PostgresConfiguration: Sendable, Hashable {
  /// libpq's keywords and values, secrets included; never printed.
  private let keywords: [String: String]
  /// Read again at each connection, so that a rotated password is found without a restart.
  private let passwordFile: String?
  /// Set on every new session: `statement_timeout`, `default_transaction_read_only`, `search_path`, ...
  package var settings: [String: String]
  /// What this connection is for; seen in `pg_stat_activity` as `vigil/purpose`.
  package let purpose: String

  /// What a long-lived client over unreliable networks wants; anything the string itself says wins.
  ///
  /// A black-holed connection is noticed after 15 to 25 seconds instead of libpq's two hours.
  private static let defaults = [
    "connect_timeout": "5", "keepalives": "1", "keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3",
    "tcp_user_timeout": "15000", "client_encoding": "UTF8",
  ]

  /// - url: `postgresql://user@host/database?...` or `host=... dbname=...`, as libpq reads it.
  /// - passwordFile: a file whose first line is the password; others must not be able to read it. (`passfile=` in the string is libpq's own `.pgpass`.)
  package init(url: String, purpose: String, passwordFile: String? = nil, settings: [String: String] = [:]) throws {
    var keywords = try Self.parse(url)
    for (key, value) in Self.defaults where keywords[key] == nil { keywords[key] = value }
    if keywords["application_name"] == nil { keywords["application_name"] = "vigil/\(purpose)" }
    if keywords["sslmode"] == nil, let mode = Self.sslMode(hosts: keywords["host"]) {
      keywords["sslmode"] = mode
      // libpq looks for ~/.postgresql/root.crt, which a service does not have; the system's certificates are where Debian keeps them.
      let bundle = "/etc/ssl/certs/ca-certificates.crt"
      if keywords["sslrootcert"] == nil, FileManager.default.fileExists(atPath: bundle) { keywords["sslrootcert"] = bundle }
    }
    self.keywords = keywords
    self.passwordFile = passwordFile
    self.settings = settings
    self.purpose = purpose
  }

  /// The same server for another purpose.
  package func with(purpose: String, settings: [String: String] = [:]) throws -> PostgresConfiguration {
    var copy = try PostgresConfiguration(keywords: keywords, passwordFile: passwordFile, purpose: purpose)
    copy.settings = self.settings.merging(settings) { _, new in new }
    return copy
  }

  private init(keywords: [String: String], passwordFile: String?, purpose: String) throws {
    self.keywords = keywords.merging(["application_name": "vigil/\(purpose)"]) { _, new in new }
    self.passwordFile = passwordFile
    self.purpose = purpose
    settings = [:]
  }

  /// Host, database and user for messages: `vigil@/run/postgresql/app`; no secret.
  package var place: String {
    "\(keywords["user"] ?? "(default user)")@\(keywords["host"] ?? keywords["hostaddr"] ?? "(default host)")/\(keywords["dbname"] ?? "(default database)")"
  }

  /// What `PQconnectdbParams` is given, the password read from its file now.
  func connectionKeywords() throws -> [String: String] {
    guard let passwordFile else { return keywords }
    return keywords.merging(["password": try Self.password(passwordFile)]) { _, new in new }
  }

  /// `text` without the password that this configuration knows.
  func redacted(_ text: String) -> String {
    guard let password = keywords["password"], !password.isEmpty else { return text }
    return text.replacing(password, with: "********")
  }

  private static func parse(_ url: String) throws -> [String: String] {
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(url, &message) else {
      // libpq's message quotes the string, which may hold a password: only what comes before the first quote is kept.
      let reason = trimmed(message).prefix { $0 != "\"" }
      PQfreemem(message)
      throw PostgresError(
        message: "cannot read the connection string: \(reason.isEmpty ? "it is not one" : String(reason))", sqlstate: SQLState.cannotConnect,
        hint: "postgresql://user@host:5432/database, or host=/run/postgresql dbname=database user=user")
    }
    defer { PQconninfoFree(options) }
    var keywords: [String: String] = [:]
    var option = options
    while let keyword = option.pointee.keyword {
      if let value = option.pointee.val { keywords[String(cString: keyword)] = String(cString: value) }
      option += 1
    }
    return keywords
  }

  /// Sockets need no encryption and this machine none by force; anything else is verified unless the string says otherwise.
  private static func sslMode(hosts: String?) -> String? {
    guard let hosts, ProcessInfo.processInfo.environment["PGSSLMODE"] == nil else { return nil }
    let remote = hosts.split(separator: ",").contains { host in
      !host.hasPrefix("/") && !host.hasPrefix("@") && !["localhost", "127.0.0.1", "::1"].contains(host)
    }
    return remote ? "verify-full" : nil
  }

  private static func password(_ path: String) throws -> String {
    func failure(_ what: String, hint: String) -> PostgresError {
      PostgresError(message: "password file \(path): \(what)", sqlstate: SQLState.cannotConnect, hint: hint)
    }
    guard let mode = try? FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int else {
      throw failure("could not be found", hint: "the file holds the password in its first line")
    }
    // systemd gives credentials to their service alone, though the mode may show an ACL's mask.
    let credentials = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"]
    let isCredential = credentials.map { path.hasPrefix($0 + "/") } ?? false
    guard isCredential || mode & 0o077 == 0 else {
      throw failure("others can read it (mode \(String(mode, radix: 8)))", hint: "chmod 600 \(path)")
    }
    guard let text = try? String(contentsOfFile: path, encoding: .utf8), let line = text.split(whereSeparator: \.isNewline).first else {
      throw failure("is empty or cannot be read", hint: "the file holds the password in its first line")
    }
    return String(line)
  }
}

extension PostgresConfiguration: CustomStringConvertible, CustomReflectable {
  package var description: String { "PostgresConfiguration(\(place), vigil/\(purpose))" }
  /// `dump` and string interpolation would otherwise show the password.
  package var customMirror: Mirror { Mirror(self, children: ["place": place, "purpose": purpose]) }
}

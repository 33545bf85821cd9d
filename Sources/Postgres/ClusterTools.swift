internal import Foundation
internal import Glibc

/// PostgreSQL's own programs, run as a user that they accept.
struct ClusterTools: Sendable {
  /// Where `initdb` and `pg_ctl` are.
  let binaries: String
  /// Whom the server runs as, when that is not us: as root, Debian's `postgres`.
  let user: ServerUser?

  struct ServerUser: Sendable {
    let name: String
    let id: uid_t
    let group: gid_t
  }

  /// What stands in the way of a private server.
  enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    case noBinaries
    case noServerUser
    case noSetpriv
    case folder(String, reason: String)
    case failed(tool: String, status: Int32, output: String)

    var description: String {
      switch self {
      case .noBinaries: "PostgreSQL's server programs are not installed (no initdb in /usr/lib/postgresql/*/bin)\nhint: apt-get install postgresql"
      case .noServerUser:
        "PostgreSQL refuses to run as root, and there is no user \"postgres\" to run it as\nhint: apt-get install postgresql, or run as another user"
      case .noSetpriv: "PostgreSQL refuses to run as root, and setpriv is not installed to change the user\nhint: apt-get install util-linux"
      case .folder(let path, let reason): "could not make a folder for the private PostgreSQL at \(path): \(reason)"
      case .failed(let tool, let status, let output): "\(tool) failed with status \(status):\n\(output)"
      }
    }
  }

  static func find() throws -> ClusterTools {
    guard let binaries = newestBinaries() else { throw Failure.noBinaries }
    guard geteuid() == 0 else { return ClusterTools(binaries: binaries, user: nil) }
    guard let entry = getpwnam("postgres") else { throw Failure.noServerUser }
    guard FileManager.default.isExecutableFile(atPath: setpriv) else { throw Failure.noSetpriv }
    return ClusterTools(binaries: binaries, user: ServerUser(name: "postgres", id: entry.pointee.pw_uid, group: entry.pointee.pw_gid))
  }

  private static let setpriv = "/usr/bin/setpriv"
  private static let debian = "/usr/lib/postgresql"

  private static func newestBinaries() -> String? {
    let versions = (try? FileManager.default.contentsOfDirectory(atPath: debian)) ?? []
    let folders = versions.sorted { (Double($0) ?? 0) > (Double($1) ?? 0) }.map { "\(debian)/\($0)/bin" } + ["/usr/local/pgsql/bin", "/usr/bin"]
    return folders.first { folder in
      ["initdb", "pg_ctl", "postgres"].allSatisfy { FileManager.default.isExecutableFile(atPath: "\(folder)/\($0)") }
    }
  }

  /// A new folder with a short name, the server's own.
  func makeFolder(in parent: String) throws -> URL {
    var template = Array("\(parent)/vigil-pg-XXXXXX".utf8CString)
    // The socket is folder/.s.PGSQL.5432, and the kernel takes 107 bytes.
    guard template.count + 16 < 107 else { throw Failure.folder(parent, reason: "the path is too long for a socket") }
    guard mkdtemp(&template) != nil else { throw Failure.folder(parent, reason: String(cString: strerror(errno))) }
    let folder = URL(filePath: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self), directoryHint: .isDirectory)
    try give(folder)
    return folder
  }

  /// Makes the server's user the owner of a file of ours.
  func give(_ file: URL) throws {
    guard let user else { return }
    guard chown(file.path, user.id, user.group) == 0 else { throw Failure.folder(file.path, reason: String(cString: strerror(errno))) }
  }

  /// The words of a command that runs one of the tools as the right user.
  func command(_ tool: String, _ arguments: [String]) -> [String] {
    let words = ["\(binaries)/\(tool)"] + arguments
    guard let user else { return words }
    return [Self.setpriv, "--reuid=\(user.name)", "--regid=\(user.group)", "--clear-groups", "--"] + words
  }

  /// Runs a tool to its end.
  /// - Throws: `Failure.failed` with all that it said.
  func run(_ tool: String, _ arguments: [String], in folder: URL) async throws {
    // A file, not a pipe: the server inherits what pg_ctl has, and a pipe would stay open as long as it runs.
    let log = folder.appending(path: "\(tool).log")
    let output = open(log.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard output >= 0 else { throw POSIXFailure(what: "could not write \(log.path)", code: errno) }
    let input = open("/dev/null", O_RDONLY | O_CLOEXEC)
    defer {
      close(output)
      close(input)
    }
    let environment = ["PATH=\(binaries):/usr/bin:/bin", "LC_ALL=C.UTF-8"]
    let process = try ChildProcess.start(command(tool, arguments), environment: environment, folder: folder.path, input: input, output: output)
    let status = await ChildProcess.end(of: process)
    guard status == 0 else {
      let said = [log, folder.appending(path: "server.log")].compactMap { try? String(contentsOf: $0, encoding: .utf8) }.joined(separator: "\n")
      throw Failure.failed(tool: tool, status: status, output: String(said.suffix(2000)))
    }
  }
}

import Glibc

/// What is at the path of a Unix socket.
enum SocketPath {
  enum State: Equatable {
    /// Somebody accepts connections.
    case listening
    /// No file.
    case absent
    /// A socket that nobody listens on: left over from a process that was killed.
    case stale
    /// There, but not for us.
    case denied
    /// The path is longer than the kernel takes.
    case tooLong
    case other(Int32)
  }

  /// The kernel's limit for a socket's path, in bytes.
  static let byteLimit = 107

  /// Tries to connect. Answers at once, since a local connection is made or refused by the kernel.
  static func probe(_ path: String) -> State {
    guard path.utf8.count <= byteLimit else { return .tooLong }
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { return .other(errno) }
    defer { close(descriptor) }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { buffer in buffer.copyBytes(from: path.utf8) }
    let result = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
    }
    if result == 0 { return .listening }
    switch errno {
    case ENOENT, ENOTDIR: return .absent
    case ECONNREFUSED: return .stale
    case EACCES, EPERM: return .denied
    // A full queue of waiting connections means that somebody listens.
    case EAGAIN: return .listening
    default: return .other(errno)
    }
  }
}

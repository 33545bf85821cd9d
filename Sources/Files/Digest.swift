internal import Crypto
public import Foundation

/// A SHA-256: the name of a content. Written as 64 lower-case hexadecimal digits.
public struct Digest: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let hex: String

  /// Nil unless `hex` is 64 lower-case hexadecimal digits.
  public init?(hex: String) {
    guard hex.utf8.count == 64, hex.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else { return nil }
    self.hex = hex
  }

  private init(_ value: SHA256Digest) {
    let digits = Array("0123456789abcdef".utf8)
    var text = [UInt8]()
    text.reserveCapacity(64)
    for byte in value {
      text.append(digits[Int(byte >> 4)])
      text.append(digits[Int(byte & 15)])
    }
    hex = String(decoding: text, as: UTF8.self)
  }

  public var description: String { hex }

  /// The first twelve digits, for people.
  public var short: String { String(hex.prefix(12)) }

  public static func < (left: Digest, right: Digest) -> Bool { left.hex.utf8.lexicographicallyPrecedes(right.hex.utf8) }
}

extension Digest: Codable {
  public init(from decoder: any Decoder) throws {
    let box = try decoder.singleValueContainer()
    let text = try box.decode(String.self)
    guard let digest = Digest(hex: text) else {
      throw DecodingError.dataCorruptedError(in: box, debugDescription: "not a SHA-256 in lower-case hexadecimal: \(text)")
    }
    self = digest
  }

  public func encode(to encoder: any Encoder) throws {
    var box = encoder.singleValueContainer()
    try box.encode(hex)
  }
}

extension Digest {
  /// A digest that grows: feed it bytes as they come, then ask.
  public struct Stream: Sendable {
    private var hash = SHA256()

    public init() {}

    public mutating func update(_ bytes: some DataProtocol) { hash.update(data: bytes) }

    public func finish() -> Digest { Digest(hash.finalize()) }
  }

  public static func of(_ bytes: some DataProtocol) -> Digest { Digest(SHA256.hash(data: bytes)) }

  public static func of(_ text: String) -> Digest { of(Array(text.utf8)) }

  /// Digest of a file's bytes, read a megabyte at a time.
  public static func of(file url: URL) throws(FileFault) -> Digest { try of(OpenFile(url)) }

  /// Digest of an open file's bytes; throws if the file changed meanwhile.
  public static func of(_ file: OpenFile) throws(FileFault) -> Digest {
    var stream = Stream()
    var offset = 0
    while true {
      let bytes = try file.readUpTo(1 << 20, at: offset)
      if bytes.isEmpty { break }
      stream.update(bytes)
      offset += bytes.count
    }
    try file.checkUnchanged()
    return stream.finish()
  }

  /// Digest of a folder: of the lines `<sha256>  <relative name>`, each ended by NUL, sorted by the names' bytes.
  ///
  /// The same as `find . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum -z | sha256sum`, except that symbolic links to files count as the
  /// files they lead to (Hugging Face's cache is made of them). Empty folders do not count; what is neither file nor folder is refused.
  public static func of(folder url: URL) throws(FileFault) -> Digest {
    try of(files: FolderListing.relativeFiles(of: url), in: url)
  }

  /// Digest of some files of a folder, in the same form as `of(folder:)`.
  public static func of(files: [String], in folder: URL) throws(FileFault) -> Digest {
    var stream = Stream()
    for name in files.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
      let digest = try of(file: folder.appendingPathComponent(name))
      stream.update(Array("\(digest.hex)  \(name)\0".utf8))
    }
    return stream.finish()
  }
}

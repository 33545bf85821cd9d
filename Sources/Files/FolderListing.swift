public import Foundation

/// What lies in a folder.
public enum FolderListing {
  /// Relative paths of all files below `folder`, sorted by their bytes. Links to files are followed, links to folders are refused (they may be loops).
  public static func relativeFiles(of folder: URL) throws(FileFault) -> [String] {
    var found: [String] = []
    var waiting = [""]
    while let prefix = waiting.popLast() {
      for name in try names(in: prefix.isEmpty ? folder : folder.appendingPathComponent(prefix)) {
        let relative = prefix.isEmpty ? name : "\(prefix)/\(name)"
        let path = folder.appendingPathComponent(relative).path
        var own = stat()
        var target = stat()
        guard lstat(path, &own) == 0, stat(path, &target) == 0 else { throw FileFault.system(path, could: "look at it") }
        switch target.st_mode & S_IFMT {
        case S_IFREG: found.append(relative)
        case S_IFDIR where own.st_mode & S_IFMT == S_IFDIR: waiting.append(relative)
        default:
          throw FileFault(
            file: path, problem: "is neither a file nor a folder (a link to a folder, a socket or a device)", hint: "put the files themselves here")
        }
      }
    }
    return found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Names directly in `folder`, sorted by their bytes.
  public static func names(in folder: URL) throws(FileFault) -> [String] {
    guard let stream = opendir(folder.path) else { throw FileFault.system(folder.path, could: "list it") }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
        field.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != ".", name != ".." { names.append(name) }
    }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

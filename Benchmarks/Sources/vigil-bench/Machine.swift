import Foundation
import Kernels
import LanguageModel

/// What the figures belong to.
struct Machine: Codable {
  var processor: String
  var processors: Int
  /// "L1d 48K, L2 1024K, L3 32768K", of the first processor.
  var caches: String
  var memoryGB: Int
  var system: String
  /// OpenBLAS with its kernel set, and our own loops.
  var kernels: String
  /// Of the last minute when the run began: what others computed.
  var load: String

  init() {
    func read(_ path: String) -> String { (try? String(contentsOfFile: path, encoding: .utf8)) ?? "" }
    func field(_ text: String, _ key: String, _ separator: Character) -> String {
      let line = text.split(separator: "\n").first { $0.hasPrefix(key) } ?? ""
      return line.split(separator: separator, maxSplits: 1).last.map { $0.trimmingCharacters(in: CharacterSet(charactersIn: " \t\"")) } ?? ""
    }
    processor = field(read("/proc/cpuinfo"), "model name", ":")
    processors = ProcessInfo.processInfo.activeProcessorCount
    caches = (0..<5).compactMap { index in
      let at = "/sys/devices/system/cpu/cpu0/cache/index\(index)/"
      let (level, type, size) = (read(at + "level"), read(at + "type"), read(at + "size"))
      let name = "L" + level.trimmingCharacters(in: .newlines) + (type.hasPrefix("Data") ? "d" : "")
      return size.isEmpty || type.hasPrefix("Instruction") ? nil : "\(name) \(size.trimmingCharacters(in: .newlines))"
    }.joined(separator: ", ")
    memoryGB = Int((Double(ProcessInfo.processInfo.physicalMemory) / 1e9).rounded())
    let kernel = read("/proc/sys/kernel/osrelease").trimmingCharacters(in: .newlines)
    system = "\(field(read("/etc/os-release"), "PRETTY_NAME", "=")), Linux \(kernel)"
    kernels = BLAS.report
    load = read("/proc/loadavg").split(separator: " ").first.map(String.init) ?? "?"
  }

  var text: String {
    """
    \(processors) processors \(processor) (\(caches)), \(memoryGB) GB, \(system). \(kernels). Load average when the run began: \(load).
    """
  }
}

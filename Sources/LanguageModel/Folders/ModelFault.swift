public import Files

/// Everything that is wrong with a model's files: all faults that were found, not the first.
public struct ModelFault: Error, Hashable, Sendable, CustomStringConvertible {
  public let faults: [FileFault]

  public init(_ faults: [FileFault]) {
    self.faults = faults
  }

  public var description: String {
    let shown = faults.prefix(20).map(\.description).joined(separator: "\n")
    return faults.count > 20 ? "\(shown)\nand \(faults.count - 20) more faults" : shown
  }
}

/// Gathers faults of one file, to throw them together.
struct FaultList {
  let file: String
  private(set) var faults: [FileFault] = []

  init(_ file: String) {
    self.file = file
  }

  mutating func add(_ problem: String, hint: String? = nil) {
    faults.append(FileFault(file: file, problem: problem, hint: hint))
  }

  mutating func add(_ others: [FileFault]) { faults += others }

  func throwIfAny() throws(ModelFault) {
    if !faults.isEmpty { throw ModelFault(faults) }
  }
}

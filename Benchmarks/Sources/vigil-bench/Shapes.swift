import LanguageModel

/// What products reach at the shapes that the models have, and the machine's other limits: GFLOP/s, and GB/s for reading.
struct Shapes: Codable {
  struct Row: Codable {
    var what: String
    /// With one thread, and with all.
    var cblas: [Double]
    var ours: [Double]
  }

  var rows: [Row]
  /// GFLOP/s of bf16 dot products, one thread and all; empty where the CPU has none.
  var bf16: [Double]
  /// GB/s read from 1 GiB, one thread and all.
  var bandwidth: [Double]

  init(_ subjects: [Subject], _ limits: Limits) {
    var shapes: [[Int]] = [[2_048, 2_048, 2_048]]
    for subject in subjects {
      let configuration = subject.folder.configuration
      for linear in configuration.linears { shapes.append([2_048, linear.outputSize, linear.inputSize]) }
      shapes.append([256, configuration.vocabularySize, configuration.hiddenSize])
    }
    var seen: Set<[Int]> = []
    rows = shapes.filter { seen.insert($0).inserted }.map { shape in
      let product = Product(rows: shape[0], inner: shape[2], outer: shape[1])
      return Row(
        what: "\(shape[0]) x \(shape[1]) x \(shape[2])", cblas: [1, Limits.threads].map { product.cblas(threads: $0) / 1e9 },
        ours: [1, Limits.threads].map { product.ours(threads: $0) / 1e9 })
    }
    bf16 = [1, Limits.threads].compactMap { limits.bf16(threads: $0) }.map { $0 / 1e9 }
    bandwidth = [1, Limits.threads].map { limits.bandwidth(1 << 30, threads: $0) / 1e9 }
  }

  var table: String {
    func both(_ values: [Double]) -> [String] { values.isEmpty ? ["-", "-"] : values.map(Spread.number) }
    let all = Limits.threads
    return markdown(
      ["rows x outputs x inputs", "OpenBLAS, 1 thread", "\(all) threads", "our kernel, 1 thread", "\(all) threads"],
      rows.map { [$0.what] + both($0.cblas) + both($0.ours) }
        + [["bf16 dot products, registers alone"] + both(bf16) + ["", ""], ["reading 1 GiB, GB/s"] + both(bandwidth) + ["", ""]])
  }
}

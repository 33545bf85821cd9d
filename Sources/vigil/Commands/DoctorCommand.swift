import ArgumentParser
import Files
import Foundation
import Kernels

/// `vigil doctor`: whether this machine gives the engine what it could.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor", abstract: "Measure what this machine computes, beside what its processor can do. Exit code 6 when speed is given away.",
    discussion: "Takes some seconds of all processors. Run it while the machine is quiet: what others compute meanwhile is missing from the figures.")

  @Flag(help: "Print JSON.") var json = false

  func run() throws {
    let limits = MachineLimits.measure()
    let findings = Self.findings(limits)
    if json {
      print(Self.report(limits, findings).text())
    } else {
      print(Self.table(limits).joined(separator: "\n"))
    }
    if !findings.isEmpty { throw CommandFailure(.findings, findings.joined(separator: "\n")) }
  }

  private static var processor: String {
    let lines = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?.split(separator: "\n") ?? []
    let line = lines.first { $0.hasPrefix("model name") }
    return line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) } ?? "unknown"
  }

  private static var askedFor: String? { ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] }

  private static var bfloat16Path: String {
    Compute.hasBFloat16Products
      ? "bfloat16 instruction of the processor (AVX512-BF16)" : "widened to float as they are read (no bfloat16 instruction)"
  }

  /// What costs speed and can be mended.
  private static func findings(_ limits: MachineLimits) -> [String] {
    var findings: [String] = []
    // A kernel set for AVX2 on a processor with AVX-512 reaches at most half of what ours does; the margin is for a busy machine.
    if limits.blas.one < 0.65 * limits.floatProduct.one {
      let why =
        askedFor.map { "OPENBLAS_CORETYPE=\($0) asks for it, and is honoured; unset it unless you need the same bits as on other machines" }
        ?? "it took this processor for another; set OPENBLAS_CORETYPE=SkylakeX where vigil is started"
      findings.append(
        "OpenBLAS computes with its kernels for \(BLAS.coreName), at \(number(limits.blas.one)) of \(number(limits.float.one)) GFLOP/s a thread: gradients of weights "
          + "take longer than they need\nhint: \(why)")
    }
    if Compute.instructionSet == "plain" {
      findings.append("this processor has no AVX2, so products run without it\nhint: a processor of the last ten years is several times as fast")
    }
    return findings
  }

  private static func number(_ value: Double) -> String { String(Int(value.rounded())) }

  private static func table(_ limits: MachineLimits) -> [String] {
    func line(_ name: String, _ pair: MachineLimits.Pair, of limit: MachineLimits.Pair?) -> [String] {
      let shares = limit.map { "\(number(100 * pair.one / $0.one))%" } ?? ""
      return [name, number(pair.one), number(pair.all), shares]
    }
    var rows = [
      line("float multiply-adds, the processor's limit (GFLOP/s)", limits.float, of: nil),
      line("  products of the engine", limits.floatProduct, of: limits.float), line("  OpenBLAS", limits.blas, of: limits.float),
    ]
    if let bfloat16 = limits.bfloat16 { rows.append(line("bfloat16 products, the processor's limit (GFLOP/s)", bfloat16, of: nil)) }
    rows.append(line("  products of the engine with --precision bfloat16", limits.bfloat16Product, of: limits.bfloat16 ?? limits.float))
    rows.append(line("memory read (GB/s)", limits.memory, of: nil))
    return [
      "processor  \(processor)", "loops      \(Compute.instructionSet), \(Compute.threads) threads", "bfloat16   \(bfloat16Path)",
      "OpenBLAS   \(BLAS.report)", "",
      TextTable.render(["measured", "1 thread", "all", "of limit"], rows),
    ]
  }

  private static func report(_ limits: MachineLimits, _ findings: [String]) -> OrderedJSON {
    func pair(_ pair: MachineLimits.Pair?) -> OrderedJSON {
      pair.map { .object(JSONObject([("one_thread", .double($0.one)), ("all_threads", .double($0.all))])) } ?? .null
    }
    return .object(
      JSONObject([
        ("version", .int(1)), ("processor", .string(processor)), ("instruction_set", .string(Compute.instructionSet)),
        ("threads", .int(Compute.threads)),
        ("bfloat16_path", .string(Compute.hasBFloat16Products ? "avx512_bf16" : "widened")), ("openblas_core", .string(BLAS.coreName)),
        ("openblas_coretype", askedFor.map { .string($0) } ?? .null), ("float_limit_gflops", pair(limits.float)),
        ("float_product_gflops", pair(limits.floatProduct)), ("openblas_gflops", pair(limits.blas)), ("bfloat16_limit_gflops", pair(limits.bfloat16)),
        ("bfloat16_product_gflops", pair(limits.bfloat16Product)), ("memory_gb_per_second", pair(limits.memory)),
        ("findings", .array(findings.map { .string($0) })),
      ]))
  }
}

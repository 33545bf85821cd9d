internal import COpenBLAS
internal import Foundation

/// What is known of the linear algebra library, for logs, `doctor` and the record of each training run.
///
/// OpenBLAS computes the weight gradients (`matmulTransposed`), always one thread a call. Which of its kernel sets runs is decided when the library
/// loads: by the processor, or by an inherited OPENBLAS_CORETYPE, which is honoured. Sets differ in the last bits and up to twofold in speed.
public enum BLAS {
  /// OpenBLAS' name of the kernel set in use, as "Haswell" or "SkylakeX".
  public static var coreName: String { String(cString: openblas_get_corename()) }

  /// One line about the kernel set, how it was chosen, and our own loops.
  public static var report: String {
    let forced = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"].map { ", asked for by OPENBLAS_CORETYPE=\($0)" } ?? ""
    return "\(String(cString: openblas_get_config())) core \(coreName)\(forced); own loops \(Compute.instructionSet), \(Compute.threads) threads"
  }

  /// Makes OpenBLAS single-threaded, once: our own threads call it side by side.
  static let singleThreaded: Void = openblas_set_num_threads(1)
}

internal import CKernels

/// A matrix repacked for `matmul`, for weights that are used many times: panels of 32 columns of B in `x B`, stored in one of several forms.
///
/// Copying it copies the view, never the weights, and what is stored through any copy is seen by all.
public struct PackedMatrix: Sendable {
  /// How the weights are stored, and how they are multiplied.
  public enum Form: String, Sendable, Hashable, CaseIterable {
    case float32
    /// Weights in bfloat16, widened as they are read, activations in float: the bits of `.float32` over the same weights, in half the memory.
    case bfloat16
    /// Weights in bfloat16 and activations rounded to it, sums in float, where the processor has the instruction (`Compute.hasBFloat16Products`); elsewhere
    /// as `.bfloat16`, which rounds less.
    case bfloat16Products
    /// Weights rounded to 8 bits with one scale a row of W (max |row| / 127), activations in float.
    case int8
  }

  private enum Storage: Sendable {
    case float32(FloatBuffer)
    case bfloat16(Memory, rounds: Bool)
    case int8(Memory, scales: FloatBuffer)
  }

  public let form: Form
  /// Columns of x.
  public let inner: Int
  /// Columns of the product.
  public let outer: Int
  private let storage: Storage

  /// Room for a weight (outer, inner), to be filled by `store`.
  public init(outer: Int, inner: Int, form: Form) {
    (self.outer, self.inner, self.form) = (outer, inner, form)
    let columns = panelCount(outer) * panelColumns
    storage =
      switch form {
      case .float32: .float32(FloatBuffer(count: columns * inner))
      case .bfloat16: .bfloat16(Memory(count: columns * evenly(inner) * 2), rounds: false)
      case .bfloat16Products: .bfloat16(Memory(count: columns * evenly(inner) * 2), rounds: Compute.hasBFloat16Products)
      case .int8: .int8(Memory(count: columns * inner), scales: FloatBuffer(count: columns))
      }
  }

  /// B = wᵀ with w (out, in): for `y = x wᵀ`.
  public init(transposing w: Matrix, form: Form = .float32) {
    self.init(outer: w.rows, inner: w.columns, form: form)
    store(w, from: 0)
  }

  /// B = w as it stands: for `dx = dy w`.
  public init(_ w: Matrix) {
    self.init(outer: w.columns, inner: w.rows, form: .float32)
    guard case .float32(let panels) = storage else { return }
    pack(w, transposed: false, 0..<panelCount(outer), into: panels.base)
  }

  /// Whether both are the same memory.
  public func isSame(as other: PackedMatrix) -> Bool { bytes.base == other.bytes.base }

  /// Bytes of memory it takes.
  public var byteCount: Int { bytes.count }

  private var bytes: (base: UnsafeMutableRawPointer, count: Int) {
    switch storage {
    case .float32(let panels): (UnsafeMutableRawPointer(panels.base), 4 * panels.count)
    case .bfloat16(let panels, _): (panels.base, panels.count)
    case .int8(let panels, let scales): (panels.base, panels.count + 4 * scales.count)
    }
  }

  // MARK: - Filling

  /// Takes over rows of W from row `first` on, rounded to the form.
  /// - w: (rows, inner)
  public func store(_ w: Matrix, from first: Int) {
    precondition(w.columns == inner && first >= 0 && first + w.rows <= outer, "rows \(first)..<\(first + w.rows) of (\(outer), \(inner))")
    if case .bfloat16 = storage {
      // A panel's worth at a time, so that the rounded copy stays small.
      let some = max(1, (1 << 20) / max(1, inner))
      for row in Swift.stride(from: 0, to: w.rows, by: some) {
        let part = w.rows(row..<min(row + some, w.rows))
        store(bfloat16: Kernels.bfloat16(part.array), from: first + row)
      }
      return
    }
    inPanels(first, w.rows) { rows in
      let from = w.pointer(rows.lowerBound - first)
      switch storage {
      case .float32(let panels): vk_pack_rows(rows.lowerBound, rows.count, inner, from, w.stride, panels.base)
      case .int8(let panels, let scales):
        vk_pack_int8(rows.lowerBound, rows.count, inner, from, w.stride, panels.base.assumingMemoryBound(to: Int8.self), scales.base)
      case .bfloat16: break
      }
    }
  }

  /// Takes over whole rows of W from row `first` on, given as bfloat16 bit patterns.
  public func store(bfloat16 bits: [UInt16], from first: Int) {
    let rows = inner == 0 ? 0 : bits.count / inner
    precondition(rows * inner == bits.count && first >= 0 && first + rows <= outer, "rows \(first)..<\(first + rows) of (\(outer), \(inner))")
    guard case .bfloat16(let panels, _) = storage else {
      return store(Matrix(floats(bfloat16: bits), rows: rows, columns: inner), from: first)
    }
    let to = panels.base.assumingMemoryBound(to: UInt16.self)
    bits.withUnsafeBufferPointer { source in
      guard let from = source.baseAddress else { return }
      inPanels(first, rows) { rows in vk_pack_bf16(rows.lowerBound, rows.count, inner, from + (rows.lowerBound - first) * inner, inner, to) }
    }
  }

  /// Splits rows into tasks, none of which shares a panel with another.
  private func inPanels(_ first: Int, _ count: Int, _ body: (Range<Int>) -> Void) {
    let (from, to) = (first / panelColumns, (first + count + panelColumns - 1) / panelColumns)
    parallel(rows: to - from, grain: max(1, 65536 / max(1, panelColumns * inner))) { panels in
      body(max(first, (from + panels.lowerBound) * panelColumns)..<min(first + count, (from + panels.upperBound) * panelColumns))
    }
  }

  // MARK: - Use

  /// Row `row` of W.
  func unpack(row: Int, into out: UnsafeMutablePointer<Float>) {
    switch storage {
    case .float32(let panels):
      let column = panels.base + row / panelColumns * panelColumns * inner + row % panelColumns
      for k in 0..<inner { out[k] = column[k * panelColumns] }
    case .bfloat16(let panels, _): vk_unpack_bf16(row, inner, panels.base.assumingMemoryBound(to: UInt16.self), out)
    case .int8(let panels, let scales): vk_unpack_int8(row, inner, panels.base.assumingMemoryBound(to: Int8.self), scales.base, out)
    }
  }

  /// y[:, columns] (+)= x B[:, columns], on this thread; `columns` begin at a panel.
  func multiply(_ x: Matrix, columns: Range<Int>, into y: Matrix, accumulate: Bool) {
    let (first, flag): (Int, Int32) = (columns.lowerBound, accumulate ? 1 : 0)
    let out = y.pointer(0) + first
    switch storage {
    case .float32(let panels):
      vk_gemm(x.rows, columns.count, inner, x.pointer(0), x.stride, 0, panels.base + first * inner, out, y.stride, flag)
    case .bfloat16(let memory, let rounds):
      let panels = memory.base.assumingMemoryBound(to: UInt16.self) + first * evenly(inner)
      guard rounds else { return vk_gemm_bf16(x.rows, columns.count, inner, x.pointer(0), x.stride, panels, out, y.stride, flag) }
      let width = spread(evenly(inner), elements: 2048)
      Scratch.borrow((x.rows * width + 1) / 2) { scratch in
        scratch.withMemoryRebound(to: UInt16.self, capacity: x.rows * width) { rounded in
          for t in 0..<x.rows {
            vk_round_bf16(inner, x.pointer(t), rounded + t * width)
            if width > inner { rounded[t * width + inner] = 0 }
          }
          vk_gemm_bf16_dot(x.rows, columns.count, inner, rounded, width, panels, out, y.stride, flag)
        }
      }
    case .int8(let panels, let scales):
      vk_gemm_int8(
        x.rows, columns.count, inner, x.pointer(0), x.stride, panels.base.assumingMemoryBound(to: Int8.self) + first * inner, scales.base + first,
        out,
        y.stride, flag)
    }
  }
}

let panelColumns = Int(VK_PANEL)

func panelCount(_ columns: Int) -> Int { (columns + panelColumns - 1) / panelColumns }

/// The next even number.
private func evenly(_ n: Int) -> Int { (n + 1) / 2 * 2 }

internal import CKernels

/// Places of the `count` largest elements of every row, largest first, the first of equals first.
public func largestOfRows(_ x: Matrix, count: Int = 1) -> [[Int]] {
  var result = [[Int]](repeating: [], count: x.rows)
  result.withUnsafeMutableBufferPointer { out in
    nonisolated(unsafe) let out = out
    parallel(rows: x.rows, grain: 4) { rows in
      for t in rows { out[t] = largest(count, of: UnsafeBufferPointer(start: x.pointer(t), count: x.columns)) }
    }
  }
  return result
}

/// Of every row, whether all its elements are finite.
public func finiteRows(_ x: Matrix) -> [Bool] {
  var result = [Bool](repeating: true, count: x.rows)
  result.withUnsafeMutableBufferPointer { out in
    nonisolated(unsafe) let out = out
    parallel(rows: x.rows, grain: 4) { rows in
      for t in rows { out[t] = vk_all_finite(x.columns, x.pointer(t)) == 1 }
    }
  }
  return result
}

/// Places of the `count` largest values, largest first, the first of equals first.
public func largest(_ count: Int, of values: [Float]) -> [Int] { values.withUnsafeBufferPointer { largest(count, of: $0) } }

private func largest(_ count: Int, of values: UnsafeBufferPointer<Float>) -> [Int] {
  guard let base = values.baseAddress, !values.isEmpty else { return [] }
  if count == 1 { return [vk_argmax(values.count, base)] }
  var best: [Int] = []
  var least = -Float.infinity
  for (i, value) in values.enumerated() {
    if best.count == count, value <= least { continue }
    best.insert(i, at: best.firstIndex { values[$0] < value } ?? best.count)
    if best.count > count { best.removeLast() }
    least = values[best[best.count - 1]]
  }
  return best
}

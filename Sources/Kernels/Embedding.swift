internal import CKernels

/// out[t] = table[ids[t]].
/// - table: (V, C); out: (T, C); ids: T numbers in 0 ..< V
public func embeddingForward(_ ids: [Int32], table: Matrix, into out: Matrix) {
  precondition(out.rows == ids.count && out.columns == table.columns, "embedding: \(ids.count) ids for \(out.rows) rows")
  for (t, id) in ids.enumerated() {
    precondition(id >= 0 && id < table.rows, "token id \(id) is outside a vocabulary of \(table.rows)")
    out.pointer(t).update(from: table.pointer(Int(id)), count: table.columns)
  }
}

/// out[t] = row ids[t] of a weight that was packed for products: a table that is the head as well is in memory once.
/// - table: outer rows of inner numbers; out: (T, inner); ids: T numbers in 0 ..< outer
public func embeddingForward(_ ids: [Int32], table: PackedMatrix, into out: Matrix) {
  precondition(out.rows == ids.count && out.columns == table.inner, "embedding: \(ids.count) ids for \(out.rows) rows")
  for id in ids { precondition(id >= 0 && id < table.outer, "token id \(id) is outside a vocabulary of \(table.outer)") }
  parallel(rows: ids.count, grain: 32) { rows in
    for t in rows { table.unpack(row: Int(ids[t]), into: out.pointer(t)) }
  }
}

/// dTable[ids[t]] += dOut[t]; token by token in order, threads share out the columns.
/// - dOut: (T, C); dTable: (V, C)
public func embeddingBackward(_ ids: [Int32], dOut: Matrix, into dTable: Matrix) {
  precondition(dOut.rows == ids.count && dOut.columns == dTable.columns, "embedding: \(ids.count) ids for \(dOut.rows) rows")
  parallel(rows: dTable.columns, grain: 128) { columns in
    for (t, id) in ids.enumerated() {
      vk_axpy(columns.count, 1, dOut.pointer(t) + columns.lowerBound, dTable.pointer(Int(id)) + columns.lowerBound)
    }
  }
}

internal import CKernels

// LayerNorm (Ba, Kiros and Hinton 2016): y = (x - mean) / sqrt(variance + eps) * w + b, row by row. Mean and variance are kept in double.

/// - x, y: (T, C), may be the same; weight, bias: (1, C)
public func layerNormForward(_ x: Matrix, weight: Matrix, bias: Matrix, eps: Float, into y: Matrix) {
  precondition(
    weight.count == x.columns && bias.count == x.columns && y.rows == x.rows && y.columns == x.columns, "layerNormForward: shapes differ")
  parallel(rows: x.rows, grain: 64) { rows in
    for t in rows { vk_layer_norm(x.columns, x.pointer(t), weight.pointer(0), bias.pointer(0), eps, y.pointer(t)) }
  }
}

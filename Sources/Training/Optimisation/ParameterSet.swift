import Files
import Foundation
import Kernels

/// The tensors that are trained, one after the other in one buffer, with gradients and Adam's moments in three more of the same layout.
final class ParameterSet {
  struct Tensor: Sendable {
    let name: String
    let shape: [Int]
    let offset: Int

    var count: Int { shape.reduce(1, *) }
    /// Whether weight decay applies: to matrices, not to norms, as transformers has it.
    var decays: Bool { shape.count > 1 }
    var rows: Int { shape.count > 1 ? shape[0] : 1 }
    var columns: Int { shape.last ?? 1 }
  }

  let tensors: [Tensor]
  private let values: FloatBuffer
  private let gradients: FloatBuffer
  private let first: FloatBuffer
  private let second: FloatBuffer

  init(_ shapes: [(name: String, shape: [Int])]) {
    var offset = 0
    tensors = shapes.map { name, shape in
      let tensor = Tensor(name: name, shape: shape, offset: offset)
      // Each tensor starts on a cache line.
      offset += (tensor.count + 15) / 16 * 16
      return tensor
    }
    values = FloatBuffer(count: offset)
    gradients = FloatBuffer(count: offset)
    first = FloatBuffer(count: offset)
    second = FloatBuffer(count: offset)
  }

  /// How many numbers are trained.
  var count: Int { tensors.reduce(0) { $0 + $1.count } }

  func values(of tensor: Tensor) -> Matrix { matrix(values, tensor) }
  func gradients(of tensor: Tensor) -> Matrix { matrix(gradients, tensor) }
  func firstMoments(of tensor: Tensor) -> Matrix { matrix(first, tensor) }
  func secondMoments(of tensor: Tensor) -> Matrix { matrix(second, tensor) }

  private func matrix(_ buffer: FloatBuffer, _ tensor: Tensor) -> Matrix {
    Matrix(buffer, offset: tensor.offset, rows: tensor.rows, columns: tensor.columns)
  }

  func zeroGradients() { gradients.fill(0) }

  /// Length of the whole gradient; NaN or infinite when any part of it is.
  func gradientNorm() -> Double { globalNorm(tensors.map(gradients(of:))) }

  /// SHA-256 of each tensor's values.
  func digests() -> [Digest] {
    tensors.map { tensor in values(of: tensor).array.withUnsafeBytes { Digest.of(Data($0)) } }
  }

  /// One step of AdamW with the gradient scaled down to `maximumNorm`, as torch's `clip_grad_norm_` does it; 0 does not clip.
  /// - step: counted from 1
  func update(_ options: AdamW, step: Int, rate: Double, norm: Double, maximumNorm: Double) {
    let clip = maximumNorm > 0 ? min(1, maximumNorm / (norm + 1e-6)) : 1
    for tensor in tensors {
      var options = options
      if !tensor.decays { options.weightDecay = 0 }
      adamWStep(
        options, parameters: values(of: tensor), gradients: gradients(of: tensor), first: firstMoments(of: tensor), second: secondMoments(of: tensor),
        step: step, learningRate: rate, gradientScale: Float(clip))
    }
  }
}

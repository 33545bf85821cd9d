internal import CKernels
internal import Foundation

/// Constants of AdamW (Loshchilov and Hutter 2019), with PyTorch's defaults except the weight decay.
public struct AdamW: Sendable, Hashable, Codable {
  public var beta1: Double
  public var beta2: Double
  public var epsilon: Double
  /// Decoupled: parameters shrink by learningRate * weightDecay a step.
  public var weightDecay: Double

  public init(beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: Double = 0) {
    (self.beta1, self.beta2, self.epsilon, self.weightDecay) = (beta1, beta2, epsilon, weightDecay)
  }
}

/// One step, as torch.optim.AdamW computes it:
/// p -= lr decay p; m = b1 m + (1-b1) g; v = b2 v + (1-b2) g²; p -= lr / (1-b1ᵗ) · m / (sqrt(v) / sqrt(1-b2ᵗ) + eps).
/// - step: t, counted from 1; gradientScale: multiplies the gradients first (clipping)
/// - parameters, gradients, first, second: the same shape; first and second moments are zero before step 1
public func adamWStep(
  _ options: AdamW, parameters: Matrix, gradients: Matrix, first: Matrix, second: Matrix, step: Int, learningRate: Double, gradientScale: Float = 1
) {
  precondition(step >= 1, "AdamW counts steps from 1, got \(step)")
  for other in [gradients, first, second] {
    precondition(other.rows == parameters.rows && other.columns == parameters.columns, "adamWStep: shapes differ")
  }
  let bias1 = Float(1 - pow(options.beta1, Double(step)))
  let bias2 = Float(1 - pow(options.beta2, Double(step)))
  let columns = parameters.columns
  parallel(rows: parameters.rows, grain: max(1, 8192 / max(1, columns))) { rows in
    for t in rows {
      vk_adamw(
        columns, parameters.pointer(t), gradients.pointer(t), first.pointer(t), second.pointer(t), gradientScale, Float(learningRate),
        Float(options.beta1), Float(options.beta2), Float(options.epsilon), Float(options.weightDecay), bias1, bias2)
    }
  }
}

/// p-values corrected for how many were asked for. Order is kept; results are capped at 1; nil if any p is outside 0...1.
public enum MultipleTesting {
  /// p · m: the chance of any false rejection is at most alpha, whatever the dependence.
  public static func bonferroni(_ p: [Double]) -> [Double]? {
    guard p.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
    return p.map { min(1, $0 * Double(p.count)) }
  }

  /// Holm's step-down: the same guarantee as Bonferroni's and never less power. The i-th smallest p (from 0) times m − i, made monotone.
  ///
  /// Source: S. Holm (1979). [0.01, 0.04, 0.03] → [0.03, 0.06, 0.06].
  public static func holm(_ p: [Double]) -> [Double]? {
    guard p.allSatisfy({ $0 >= 0 && $0 <= 1 }) else { return nil }
    var adjusted = p
    var running = 0.0
    for (rank, index) in p.indices.sorted(by: { (p[$0], $0) < (p[$1], $1) }).enumerated() {
      running = max(running, min(1, p[index] * Double(p.count - rank)))
      adjusted[index] = running
    }
    return adjusted
  }
}

public import Foundation

/// A half-open stretch of event time, `start ..< end`.
public struct Window: Sendable, Hashable, Codable {
  public var start: Date
  public var end: Date

  public init(start: Date, end: Date) {
    self.start = start
    self.end = end
  }

  public func contains(_ time: Date) -> Bool { start <= time && time < end }
}

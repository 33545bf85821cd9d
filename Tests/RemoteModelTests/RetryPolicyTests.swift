import Foundation
import Testing

@testable import RemoteModel

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy(retries: 6, base: 1, cap: 8, retryAfterMax: 60)

  @Test func `pauses double up to the cap and are fully jittered`() {
    #expect((1...6).map { policy.pause(failures: $0, retryAfter: nil, random: 0.5) } == [0.5, 1, 2, 4, 4, 4])
    #expect(policy.pause(failures: 3, retryAfter: nil, random: 0) == 0)
  }

  @Test func `there is an end to retries`() {
    #expect(policy.pause(failures: 7, retryAfter: nil, random: 0.5) == nil)
    #expect(RetryPolicy(retries: 0).pause(failures: 1, retryAfter: 1, random: 0.5) == nil)
  }

  @Test func `what the server asks for comes before the jitter, as long as it is bearable`() {
    #expect(policy.pause(failures: 1, retryAfter: 30, random: 0.5) == 30.5)
    #expect(policy.pause(failures: 1, retryAfter: 61, random: 0.5) == nil)
  }

  @Test(arguments: [
    (408, true), (429, true), (500, true), (502, true), (503, true), (529, true), (400, false), (401, false), (404, false), (409, false),
    (501, false),
  ])
  func `only what may pass is tried again`(status: Int, again: Bool) {
    #expect(RetryPolicy.isTransient(status: status) == again)
  }
}

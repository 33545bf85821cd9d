/// What could go to either of two queues with equal right: the reason why no router is right every time.
package struct AmbiguousAsk: Sendable {
  package var first: Queue
  package var second: Queue
  package var asks: [Template]

  init(_ first: Queue, _ second: Queue, _ asks: [Template]) {
    self.first = first
    self.second = second
    self.asks = asks
  }

  package static let all: [AmbiguousAsk] = [
    AmbiguousAsk(
      .refund, .delivery,
      [
        "<order> never came, either bring it or give me my money back", "the <product> got lost on the way and I have paid <amount> for nothing",
        "no parcel and no money, what (now|happens now) with <order>?",
      ]),
    AmbiguousAsk(
      .refund, .returns,
      [
        "I sent the <product> back <when> and (have heard|heard) nothing (since|)",
        "what (happens|is the state) with the <product> I returned (<when>|)?", "I do not want the <product>, take it and give me the <amount> back",
      ]),
    AmbiguousAsk(
      .billing, .refund,
      [
        "you took <amount> too much (<when>|in <month>), put that right please", "I paid <amount> that I do not owe (for <month>|)",
        "<amount> has gone from my bank and I want to know why and have it back",
      ]),
    AmbiguousAsk(
      .warranty, .returns,
      [
        "the <product> was broken when I opened the box (<when>|)", "the <product> arrived with a scratch, I want another one",
        "brand new <product> and it does not even switch on, please replace it",
      ]),
    AmbiguousAsk(
      .setup, .network,
      [
        "the new <router> is plugged in and there is no internet", "the <product> says no connection (since <when>|)",
        "my <product> cannot reach the internet (any more|)",
      ]),
    AmbiguousAsk(
      .account, .security,
      [
        "I am locked out of my account (since <when>|)", "the code for the login never reaches my phone",
        "I get mails about a password change, what is (that|going on)?",
      ]),
    AmbiguousAsk(
      .cancel, .upgrade,
      [
        "the <plan> is not right for me any more, what can be done?", "my contract ends in <month>, what are my choices?",
        "I want something else than the <plan>",
      ]),
    AmbiguousAsk(
      .cancel, .billing,
      ["why do I still pay for the <plan> I do not have any more?", "you still take <amount> a month although my contract is over"]),
    AmbiguousAsk(
      .feedback, .delivery,
      ["your courier (threw|dropped) the box over the fence, not good at all", "the man who brought the <product> <when> was not very careful"]),
    AmbiguousAsk(
      .network, .feedback,
      ["your broadband is a joke", "I am so tired of this internet of yours, honestly"]),
  ]
}

extension QueueGrammar {
  /// Contracts and orders that should end.
  static let cancel = QueueGrammar(
    queue: .cancel,
    themes: [
      "ending a contract", "cancelling a subscription", "stopping a trial", "notice periods", "leaving for another company", "calling off an order",
    ],
    asides: [
      "I do not want to (cancel|leave) anything", "I had thought of leaving but (changed my mind|I stay)",
      "the old contract is cancelled already, that is fine",
    ],
    intents: [
      Intent(
        "cancel subscription",
        asks: [
          "I (want|would like|wish) to (cancel|end|stop) my (subscription|contract) (for the <plan>|) (at the end of <month>|)",
          "please (cancel|end|terminate) (my|the) <plan> (as soon as possible|by the end of <month>|)",
          "how (do|can) I (cancel|get out of|end) (the|my) (<plan>|contract|subscription)?",
          "I (hereby|) give notice for (my|the) (contract|<plan>) (at the next possible date|)",
          "take me off the <plan>, I do not want (it|the subscription) (any more|any longer)",
        ],
        details: ["please confirm in writing", "I do not want an offer to stay", "I hardly use it"]),
      Intent(
        "leaving because of moving or another provider",
        asks: [
          "we are moving (abroad|to <town>|in <month>) and (have to|must) (end|cancel) the contract",
          "I am (leaving|switching) to another (provider|company) (in <month>|), please (close|end) my contract",
          "(my mother|my father) (died|moved to a home), please (end|close|stop) (her|his|the) contract",
          "I found a cheaper (provider|company) and (quit|am leaving)",
        ],
        details: ["the new flat has a line already", "keep the number please", "the last day is the end of <month>"]),
      Intent(
        "notice period",
        asks: [
          "how long is the notice (period|) for (the|my) (<plan>|contract)?",
          "when does my contract (end|run out) and (by when|how) must I give notice?",
          "is there a (fee|penalty) for (leaving|ending the contract) (early|before <month>)?",
          "you (extended|renewed) my contract (without asking|for a year), I want (out|to end it)",
        ],
        details: ["I signed in <month>", "the papers say nothing", "twelve months have passed"]),
      Intent(
        "stop trial",
        asks: [
          "please stop (my|the) (free|) trial (of the <plan>|) before it (becomes a contract|costs money)",
          "I (only|just) wanted to try the <plan>, (end|stop) it (now|after the trial)", "how do I (stop|leave) the free month (of the <plan>|)?",
        ],
        details: ["the button is nowhere", "it ends on <day>", "it was not for me"]),
      Intent(
        "call off an order",
        asks: [
          "please cancel <order>, (I do not need it|it was a mistake)",
          "I (want|would like) to (cancel|call off|withdraw) (my order for|) the <product> before (it ships|it is sent)",
          "(can|could) I (still|) (cancel|call off|stop) <order>?", "I ordered <count> by mistake, (cancel|stop) (all of it|the whole order) please",
        ],
        details: ["I ordered it <when>", "the status is still open", "I found it elsewhere"]),
    ])
}

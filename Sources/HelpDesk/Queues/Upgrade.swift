extension QueueGrammar {
  /// More, faster, newer.
  static let upgrade = QueueGrammar(
    queue: .upgrade,
    themes: ["faster plans", "trade in of old devices", "adding a TV package", "more cloud storage", "newer models", "early renewals"],
    asides: [
      "maybe I will (take|get) a faster plan (next year|some day)", "I switched to the <plan> in <month> and like it", "the bigger package can wait",
    ],
    intents: [
      Intent(
        "faster plan",
        asks: [
          "I (want|would like) to (move|switch|go) (up|) from the <plan> to (the <plan>|something faster)",
          "(can|could) I (get|have) a faster (plan|line|package) (at <street>|in <town>|)?",
          "what (does|would) (it cost|the price be) to (upgrade|go up) to <plan>?",
          "is <plan> (available|possible) (at my address|in <town>|at <street>)?",
          "our <plan> is too small for us, what (is the next bigger|bigger) (one|package) (do you have|is there)?",
        ],
        details: ["we are five people now", "I am ready to pay a little more", "the neighbours have it"]),
      Intent(
        "newer model",
        asks: [
          "I would like (the newer|a newer|the latest) model of (the|my) <product>",
          "(can|do) I get a discount when I (trade in|swap) my old <product> for (a|the) new (one|model)?",
          "what do you (pay|offer) for my (old|used) <product> if I buy the new (one|model)?",
          "when does the (next|new) <product> come out and can I (reserve|get) one?",
          "is it worth to (move|upgrade) from the <product> to the (bigger|newer) model?",
        ],
        details: ["mine is from <year>", "it still looks like new", "the bigger screen tempts me"]),
      Intent(
        "add a package",
        asks: [
          "please add (the|a) TV package to my contract",
          "I (want|would like) to (add|book|order) (more storage|sports channels|a second line|another camera slot) (to|on top of) my (plan|<plan>)",
          "how do I (book|add) (more|extra) (storage|channels|speed)?",
          "(can|could) I (add|take) a second (mesh point|line|box) to my (plan|package)?",
        ],
        details: ["from <month> would be good", "the free month sounds good", "the present one is full"]),
      Intent(
        "early renewal",
        asks: [
          "my contract (runs out|ends) soon, (what offer|which bonus) do I get (if|when) I (renew|extend)?",
          "I want to (renew|extend) early (and get a new <product>|for a better plan)",
          "do (loyal|old) customers get (the offer|the price) for the <plan> (too|as well)?",
          "I saw an offer for the <plan>, can I (switch to|take) it?",
        ],
        details: ["I have been with you since <year>", "your rival offers <amount>", "I like the service"]),
      Intent(
        "advice before buying more",
        asks: [
          "which (plan|package|model) (suits|is best for) (a house with <count> people|a big garden|streaming and games)?",
          "what is the difference between the <plan> and the <plan>?",
          "should I (take|choose) the <plan> or the <plan> (for working at home|for a family)?",
        ],
        details: ["money is not the main thing", "we stream a lot", "at present I have the <plan>"]),
    ])
}

extension QueueGrammar {
  /// Things that go back to Larkmere, or are exchanged.
  static let returns = QueueGrammar(
    queue: .returns,
    themes: ["sending things back", "return labels", "exchanging a wrong item", "collection of a return", "the return window", "unwanted presents"],
    asides: [
      "the return (of|for) the old <product> (is done|went fine)", "I sent the other one back <when>, that is settled",
      "I have a return label for something else, that one works",
    ],
    intents: [
      Intent(
        "how to send back",
        asks: [
          "how (do|can) I (send|ship) (the|my) <product> back (to you|)?",
          "I (want|would like|need) to (return|send back) (the|my) <product> (from <order>|I bought <when>|)",
          "(where|to which address) do I (send|bring) (a|my) return (from <order>|)?",
          "(can|may) I (take|bring) the <product> back to (a|the|your) shop (in <town>|)?",
          "what (do I do|is the way) to (give|hand) back a <product> (that I do not need|)?",
        ],
        details: ["it is (still|) in the (sealed|original) box", "I never used it", "the box is unopened"]),
      Intent(
        "return label",
        asks: [
          "I need a (new|) return label for (<order>|the <product>)", "the return label (does not print|is missing|was not in the box|has expired)",
          "please (mail|send) me (the|a) label so I can (return|send back) the <product>",
          "the post office (refused|would not take) the label (for my return|on the box|of <order>)",
        ],
        details: ["I have no printer", "the code on it cannot be read", "the box is packed and ready"]),
      Intent(
        "wrong item, wants exchange",
        asks: [
          "you sent me the wrong (item|thing), I ordered the <product>", "I got (a <colour>|the <colour>) <product> (but|and) ordered a <colour> one",
          "I would like to (exchange|swap) (the|my) <product> for (another colour|the <colour> one|a different size)",
          "(can|could) I (exchange|swap) the <product> (I got <when>|from <order>)?",
          "the <product> in the box is not the one I ordered, please (exchange|swap) it",
        ],
        details: ["the papers in the box are right", "it is not even mine", "I have not opened the inner bag"]),
      Intent(
        "collection of a return",
        asks: [
          "(can|could) (someone|a courier) (collect|pick up) (the|my) return (at <street>|on <day>|)?",
          "nobody came to (collect|pick up) the <product> I (am returning|want to give back)",
          "the courier did not take my return (with him|) <when>",
          "the <product> is too heavy to carry, please (collect|fetch) (it|the return)",
        ],
        details: ["it stands ready in the hall", "I waited until <hour>", "there is no post office near"]),
      Intent(
        "return window",
        asks: [
          "how (long|many days) do I have to (return|send back) the <product>?",
          "is it too late to (return|give back) (something|a <product>) bought <when>?",
          "I changed my mind about the <product>, (can|may) it still go back?",
          "the <product> was a (present|gift), can (I|we) (return|exchange) it without a receipt?",
        ],
        details: ["I was ill for two weeks", "it was a present", "your page says thirty days"]),
    ])
}

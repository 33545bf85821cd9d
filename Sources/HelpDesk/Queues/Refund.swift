extension QueueGrammar {
  /// Money that should come back to the customer.
  static let refund = QueueGrammar(
    queue: .refund,
    themes: [
      "money that should be paid back", "refunds that have not arrived", "compensation for lost days", "a credit note", "refunds to the wrong card",
      "overpaid amounts",
    ],
    asides: [
      "the refund from <month> (did arrive|has arrived), thanks for that", "(the money for|my refund for) the old <product> came through <when>",
      "I (already|did) get my money back for the other one",
    ],
    intents: [
      Intent(
        "refund not arrived",
        asks: [
          "I am (still|) waiting for (my|the) refund (of <amount>|for <order>|for the <product>)",
          "the (money|refund) you promised <when> (has not|never) (arrived|reached my bank)",
          "when will I (get|see) (my money|the <amount>) (back|again)?",
          "it has been <span> and (there is no refund|the refund is not there) (for <order>|)",
          "(where|what happened to) (is|) my refund for the <product>?",
        ],
        details: [
          "your shop (confirmed|has had) the (item|box) <when>", "they said five working days",
          "the bank (says|knows) nothing (has come in|about it)",
        ]),
      Intent(
        "wants money back",
        asks: [
          "I (want|would like) my money back for (the|my) <product>", "please (pay back|refund|reimburse) the <amount> (for <order>|I paid <when>)",
          "how do I (get|claim) (a refund|my money back) for (<order>|the <product>)?",
          "I am not happy with the <product> and (ask for|expect) a (full|complete) refund",
          "(can|could) you (reimburse|refund) (me|) (for|) the <product> (to my card|in full)?",
        ],
        details: ["I have the receipt", "a voucher is no use to me", "I paid by card (<when>|)"]),
      Intent(
        "compensation for an outage",
        asks: [
          "I (want|expect|ask for) (compensation|money back|a credit) for the (days|week) without (internet|service)",
          "do I get (some|any) money back for the <span> (that nothing worked|without service)?",
          "please credit me for the (outage|lost days) in <month>", "you owe me (a credit|compensation) of <amount> (for <month>|for the lost week)",
        ],
        details: ["the line is fine now", "I paid for the full month", "your agent said a credit was possible"]),
      Intent(
        "refund too small",
        asks: [
          "the refund for <order> is <amount> (too small|short|less than I paid)",
          "you (refunded|paid back) only (a part|half) of the price of the <product>",
          "the (shipping|postage) was not (refunded|paid back) (for <order>|)", "I got <amount> back but I (had paid|should get) (more|a lot more)",
        ],
        details: ["the difference is <amount>", "I have both receipts here", "please pay the rest"]),
      Intent(
        "refund to the wrong card",
        asks: [
          "my refund (went|was paid) to (an old|the wrong|a closed) (card|bank)",
          "(can|could) you (send|pay) the refund to (another|a different) card?",
          "the money (back|you returned) for <order> went to a card (that|which) (has expired|I lost)",
        ],
        details: ["that card does not exist any more", "the bank sent it back to you", "please use the new number"]),
      Intent(
        "overpaid",
        asks: [
          "I paid (the <month> bill|<order>) twice by mistake and want (one payment|the extra money) (back|returned)",
          "I (sent|transferred) <amount> too much (<when>|), please (pay it back|return it|refund it)",
          "there is a (credit|balance) of <amount> in my favour that I want paid out",
        ],
        details: ["it was my own mistake", "please send it to the same card", "your letter says the credit is mine"]),
    ])
}

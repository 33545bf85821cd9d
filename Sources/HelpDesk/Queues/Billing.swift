extension QueueGrammar {
  /// Invoices, charges and payments that are being asked for.
  static let billing = QueueGrammar(
    queue: .billing,
    themes: [
      "invoices", "double charges", "a bill that is too high", "direct debits", "payment dates", "unexplained fees", "copies of old bills",
      "tax on business invoices",
    ],
    asides: [
      "the (bill|invoice) for <month> (was fine in the end|is paid by the way)", "I (did see|have seen) the new invoice, that one is all right",
      "my direct debit (has been changed already|is working again)", "(at some point|one day) I will also ask about a line on my bill",
    ],
    intents: [
      Intent(
        "charged twice",
        asks: [
          "you (charged|billed) me twice for (my|the) <product>",
          "there are two (identical|equal) charges of <amount> on my (bill|statement) (for <month>|)",
          "why (was|has) <amount> (taken|been charged) (twice|two times) (in <month>|this month)?",
          "the same (amount|payment) left my bank (twice|two times) (for <order>|<when>)",
          "I (see|found) a double charge (of <amount>|) on the (last|<month>) invoice",
        ],
        details: [
          "my bank (shows|confirms) both (payments|charges)", "one of the two (must|has to) be a mistake",
          "both lines carry the same date and the same number",
        ]),
      Intent(
        "bill too high",
        asks: [
          "my (bill|invoice) for <month> is (much|far|<amount>) (higher|more) than (agreed|usual|it should be)",
          "I was (told|promised) <amount> a month but the (bill|invoice) says (something else|a lot more)",
          "(can|could) (someone|you) explain why I (am paying|was billed) <amount> (for the <plan>|this month)?",
          "the monthly (price|charge) went up (without a word|and nobody told me|in <month>)",
          "the discount (I was promised|for new customers) is (missing from|not on) my (bill|invoice|statement)",
        ],
        details: [
          "nothing (has changed|changed) on my side", "the contract says a (different|lower) price", "last month it was only <amount>",
        ]),
      Intent(
        "invoice missing",
        asks: [
          "I (need|would like) a copy of (the|my) (invoice|bill) (for <month>|for <order>)",
          "please (send|mail) me the (invoice|bill) (for <month>|from <when>) (again|once more)",
          "I (never got|have not received) (an|any) invoice for <order>",
          "where (do|can) I (find|download) (the|my) (bills|invoices) (from|of) last year?",
          "my (accountant|office) needs (all invoices|the invoice) with (the company name|our tax number) on it",
        ],
        details: ["I need it for my taxes", "a PDF (is|would be) fine", "the one I have shows only the total"]),
      Intent(
        "direct debit problem",
        asks: [
          "the direct debit (failed|bounced|did not go through) (<when>|this month)",
          "(can|could) you (move|change) the (payment|debit) date to the <count>th of the month?",
          "my card was (declined|refused) when I tried to pay (the <month> bill|my invoice|<amount>)",
          "I (changed|have changed) banks and want to pay (my bill|the invoices) from (another|the new) (account number|bank)",
          "I got a payment reminder (over <amount>|) although I (already paid|paid <when>)",
        ],
        details: ["there is enough money in the bank", "I do not want to pay a late fee", "the reminder threatens with (a fee|extra costs)"]),
      Intent(
        "unexplained fee",
        asks: [
          "what is the (service fee|line called extras|fee) of <amount> on my (bill|invoice)?",
          "there is a charge (of <amount>|) (on my bill|for <month>) that I (do not recognise|cannot explain)",
          "(since when|why) do (you|I) (charge|pay) a fee for (paper bills|paying by card|the <router>)?",
          "I am being charged (for a|for the) <plan> that I never (ordered|had)",
        ],
        details: ["it was not there before", "nobody mentioned any fee", "please explain each line (to me|)"]),
    ])
}

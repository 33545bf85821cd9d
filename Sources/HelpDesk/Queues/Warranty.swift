extension QueueGrammar {
  /// Devices that broke, and the guarantee.
  static let warranty = QueueGrammar(
    queue: .warranty,
    themes: [
      "broken devices under guarantee", "repairs", "spare parts", "registering a guarantee", "cracked screens", "dead batteries",
      "a repair that did not help",
    ],
    asides: [
      "the repaired <product> (works|is fine) now", "my <product> still has a year of guarantee, just so you know",
      "(the repair|your workshop) in <month> was fine",
    ],
    intents: [
      Intent(
        "broke within the guarantee",
        asks: [
          "my <product> (broke|died|stopped working) after <age>, is (it|that) (covered|still under guarantee)?",
          "the <product> is (only|) <age> old and (already|completely) (broken|dead)",
          "the (screen|case|button|hinge) of my <product> (cracked|broke) (by itself|after <age>)",
          "is a (dead|weak) battery in the <product> covered by the (warranty|guarantee)?",
          "(smoke|a burnt smell) came out of the <product> and (now|) it is dead",
        ],
        details: ["I never dropped it", "I have the receipt from <month>", "it does not switch on at all (any more|)"]),
      Intent(
        "wants repair",
        asks: [
          "(can|could) you (repair|fix) my (broken|damaged) <product>?", "where (do|can) I (bring|send) my <product> for (a|) repair?",
          "how (long|much) (does|would) (a|the) repair of (the|my) <product> (take|cost)?",
          "I (want|would like) to (have|get) my <product> repaired (under the guarantee|)",
        ],
        details: ["a loose contact I think", "it makes a grinding noise", "it is too good to throw away"]),
      Intent(
        "spare part",
        asks: [
          "I need a (spare|replacement) (part|battery|cable|charger|remote) for (the|my) broken <product>",
          "the (charger|power supply|remote) of the <product> (burnt out|broke), do I get a new one (for free|under guarantee)?",
          "do you (sell|have) spare parts for a <product> (from <year>|that is <age> old)?",
        ],
        details: ["the rest works well", "the shop in <town> has none", "the part number is worn off"]),
      Intent(
        "repair did not help",
        asks: [
          "my <product> came back from (repair|the workshop) and (is broken again|has the same fault)",
          "this is the <count>th repair of (the|my) <product> and it still (fails|has the fault)",
          "the workshop (returned|sent) my <product> unrepaired (without a word|)", "my <product> is in repair (for|since) <span>, when is it ready?",
        ],
        details: ["I would rather have a new one", "the report says no fault found", "the ticket from the workshop is closed"]),
      Intent(
        "guarantee terms",
        asks: [
          "how long is the (guarantee|warranty) on (a|the) <product>?",
          "where do I register (the guarantee|my <product>) for the (extra|third) year of (warranty|guarantee)?",
          "does the (guarantee|warranty) (cover|include) (water damage|a fall|scratches|lightning)?",
          "I lost the receipt, is the (guarantee|warranty) on my <product> (gone|still valid)?",
        ],
        details: ["I bought it in <month>", "the serial number is on the bottom", "the booklet does not say"]),
    ])
}

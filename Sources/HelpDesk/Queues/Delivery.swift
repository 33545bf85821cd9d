extension QueueGrammar {
  /// Parcels on their way to the customer.
  static let delivery = QueueGrammar(
    queue: .delivery,
    themes: [
      "late parcels", "tracking that does not move", "a new delivery address", "parcels left with a neighbour", "missing parts of an order",
      "delivery times",
      "couriers",
    ],
    asides: [
      "the (parcel|package) (itself|) came (on time|without trouble) by the way", "(delivery|the courier) was (quick|fine) this time",
      "the other parcel (turned up|arrived) <when>",
      "there is one more parcel on its way, no worries about that",
    ],
    intents: [
      Intent(
        "parcel late",
        asks: [
          "my (parcel|package|order) with the <product> (is late|has not arrived|did not come) (yet|)",
          "where is my (parcel|package) (with the <product>|from <when>|)?",
          "<order> was (due|supposed to come) <when> and is (still not here|nowhere)",
          "I have been waiting <span> for the (delivery|arrival) of my <product>", "(when|on what day) will my <product> (arrive|be delivered)?",
        ],
        details: ["it was promised for <day>", "the shop said two days", "nobody rang (the bell|) (all day|)"]),
      Intent(
        "tracking stuck",
        asks: [
          "the tracking (for <order>|of my parcel) has not (moved|changed) for <span>",
          "the tracking (page|link|number) (shows nothing|says unknown|does not work) for <order>",
          "tracking says my parcel is (still|stuck) in (the depot|<town>) (since <day>|)",
          "the parcel (seems|appears) to be going (in circles|back and forth) between <town> and <town>",
        ],
        details: ["the courier does not answer", "it left the depot <when>", "first it said out for delivery"]),
      Intent(
        "delivered to the wrong place",
        asks: [
          "(the app|tracking|your mail) says delivered but (I have|there is) no parcel (here|)",
          "the courier left my (package|parcel) (with a neighbour|at the wrong door|in the rain)",
          "someone at <street> got my parcel (instead of me|)", "my <product> was (delivered|dropped) at (a|the) (wrong|neighbour's) house",
        ],
        details: ["I was at home (all day|)", "the picture shows a door that is not mine", "none of the neighbours (has|knows about) it"]),
      Intent(
        "change delivery address or time",
        asks: [
          "(can|could) you (send|bring|deliver) <order> to <street> instead?",
          "I will be away (on <day>|), please deliver (on <day>|another day|after <hour>)",
          "please change the (delivery|shipping) address (for <order>|) to <street>",
          "is it possible to (pick up|collect) the parcel at (the shop|the depot) in <town>?",
          "I missed the courier <when>, when (is|will be) the next (try|attempt)?",
        ],
        details: ["the old address is closed", "it has not left yet I think", "after <hour> somebody is at home"]),
      Intent(
        "part of the order missing",
        asks: [
          "only (half|one part) of <order> (came|arrived) (<when>|)", "the box for the <product> (was|arrived) empty",
          "the <product> is missing from the (box|parcel) that came <when>",
          "I got <count> (parcels|boxes) but the one with the <product> is (missing|not there)",
        ],
        details: ["the list in the box names it", "the tape was (open|torn)", "the rest is fine"]),
    ])
}

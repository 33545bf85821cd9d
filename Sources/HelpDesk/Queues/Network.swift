extension QueueGrammar {
  /// Broadband that is down, slow or patchy.
  static let network = QueueGrammar(
    queue: .network,
    themes: [
      "internet outages", "slow broadband", "wifi that drops", "weak signal", "a red light on the router", "lag in games", "the line to the house",
    ],
    asides: [
      "the internet (works|has been fine) (again|) since <day>", "(speed|the line) is good by the way",
      "wifi (is|was) a bit slow <when> but (that passed|it is fine now)", "there was a short outage <when>, that is over",
    ],
    intents: [
      Intent(
        "internet down",
        asks: [
          "(we have|I have|there is) no internet (at home|) (since <when>|for <span>)",
          "the (internet|broadband|line) (is|has been) down (for <span>|since <hour>|again)",
          "nothing loads, the <router> (blinks|shows a) red (light|) (since <hour>|)",
          "the connection (went dead|dropped) (<when>|at <hour>) and (has not come back|is still gone)",
          "is there an outage in <town>? (we are|I am) offline (since <hour>|)",
        ],
        details: ["I restarted the box <count> times", "the neighbours are offline too", "the cable light is off"]),
      Intent(
        "slow speed",
        asks: [
          "the (internet|broadband|connection) is (terribly|very|so) slow (in the evening|since <when>|)",
          "I (pay for|have) <plan> but (get|measure) only <speed>", "the speed test shows <speed> (instead of what you promised|at <hour>)",
          "films (keep|stop and) (buffering|load forever) every (evening|night)", "downloads (crawl|take hours) (since <when>|on the <plan>)",
        ],
        details: ["by cable it is just as slow", "every evening after <hour> it gets worse", "I tested with <count> devices"]),
      Intent(
        "wifi drops",
        asks: [
          "the wifi (drops|cuts out|disappears) (every hour|all the time|in the <room>)", "(there is|I get) no (signal|wifi) in the <room>",
          "the <router> (loses|drops) the (signal|connection) (<count> times a day|every night)",
          "wifi (reaches|works in) the <room> but not the <room>", "all devices (lose|drop) the (wifi|connection) at <hour>",
        ],
        details: ["moving the box did not help", "it started <when>", "two walls should not matter"]),
      Intent(
        "lag and packet loss",
        asks: [
          "(video calls|games|calls) (freeze|stutter|lag) (all the time|since <when>|every few minutes)",
          "my ping (jumps|goes) (to|over) 400 (every evening|since <when>)", "I (see|have) (heavy|constant) packet loss on the (line|connection)",
          "(my boss|my team) cannot hear me because the (connection|line) (stutters|breaks up)",
        ],
        details: ["I work from home", "a cable makes no difference", "traces show it is on your side"]),
      Intent(
        "line or engineer",
        asks: [
          "when will (an|the) (engineer|technician) (come|be here) to (look at|mend) the line?",
          "a (digger|storm) (cut|damaged) the (cable|line) in (our street|<town>)", "the socket in the (wall|<room>) (is dead|has no signal)",
          "the engineer was here <when> but the line is (still|) (dead|unstable)",
        ],
        details: ["the whole street has trouble", "the fibre hangs loose outside", "I can be at home on <day>"]),
    ])
}

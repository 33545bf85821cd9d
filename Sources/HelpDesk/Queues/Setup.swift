extension QueueGrammar {
  /// First use: pairing, installing, instructions.
  static let setup = QueueGrammar(
    queue: .setup,
    themes: [
      "pairing a new device", "installing the app", "first activation", "instructions and manuals", "tuning channels", "connecting a device to wifi",
    ],
    asides: [
      "(setting up|installing) the <product> went (well|smoothly)", "I managed to pair the other one myself", "the app is installed already",
      "I have read the manual, that is not the problem",
    ],
    intents: [
      Intent(
        "cannot pair",
        asks: [
          "my (new|) <product> (will not|does not|refuses to) (pair|connect) with (my phone|the app|the hub)",
          "how do I (pair|connect|link) the <product> (with|to) (my phone|the app|the TV)?",
          "the app (cannot|does not) find (my|the) (new|) <product>",
          "pairing (the <product>|) (fails|stops) (at step <count>|with <error>)", "the <product> (only blinks|stays blue) and never (pairs|links)",
        ],
        details: ["bluetooth is on", "I held the button for ten seconds", "it stops at <count> of six steps"]),
      Intent(
        "connecting to wifi",
        asks: [
          "how (do|can) I (get|bring) (the|my) <product> (onto|on) my wifi for the first time?",
          "the <product> does not (accept|take) my wifi (key|code) during (the first steps|installation)",
          "I have a new <router>, how do I (connect|add) the <product> (again|to it)?",
          "which (cable|socket|port) goes where when I (install|set up) the <router>?",
        ],
        details: ["the phone is on the same wifi", "the key is certainly right", "the lamp turns orange then"]),
      Intent(
        "app installation",
        asks: [
          "the Larkmere app (will not|does not) install on my (phone|tablet)", "which app do I need for (the|my) <product>?",
          "the app (hangs|stops) at the (welcome|first) screen (when I add the <product>|)",
          "the installation of the <product> (stops|ends) with <error>",
        ],
        details: ["the phone is quite new", "I tried to install it <count> times", "there is space enough"]),
      Intent(
        "first activation",
        asks: [
          "how do I activate (my|the) (new|) (<product>|<router>|<plan>)?",
          "the (new|) <router> (arrived|came) (<when>|), what are the (first|next) steps?",
          "the activation code (for the <product>|in the box) (is not accepted|does not work)",
          "my <plan> (starts|started) <when>, what do I (plug in|have to do) (first|)?",
        ],
        details: ["the leaflet shows another model", "I am not good with technology", "the code has only five digits"]),
      Intent(
        "instructions",
        asks: [
          "where (do|can) I (find|get) (the|a) manual (for|of) the <product>?", "there were no instructions in the box of the <product>",
          "how do I (tune|sort|find) the channels on (my|the) <product>?",
          "how (do|can) I (change|set) the (language|clock|volume|schedule) of the <product>?",
          "(can|could) someone (walk|guide) me through the (first steps|installation) of the <product>?",
        ],
        details: ["the booklet is in another language", "a picture would help", "I found only a video from <year>"]),
    ])
}

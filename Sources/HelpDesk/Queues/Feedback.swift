extension QueueGrammar {
  /// Praise, complaints about people, ideas.
  static let feedback = QueueGrammar(
    queue: .feedback,
    themes: ["praise for a colleague", "complaints about tone", "ideas for a feature", "opinions about the website", "surveys", "thanks"],
    asides: ["your people are (always|very) kind", "(great|lovely) shop in <town> by the way", "I (like|love) the new look of the app"],
    intents: [
      Intent(
        "praise",
        asks: [
          "I (just|only) want to (say thanks|praise) (to|) <name> (from|in) your team, (he|she) was (wonderful|so patient|very helpful)",
          "(great|excellent|lovely) service (in the shop in <town>|on the phone|<when>), (thank you|well done)",
          "the (technician|young man|lady) who came <when> was (friendly and quick|a star|very polite)",
          "please pass my (thanks|compliments) to <name> (in the <town> shop|)",
          "we love (the|our) <product>, (best thing we bought|keep up the good work)",
        ],
        details: ["that is rare these days", "I told all my friends", "give that person a raise"]),
      Intent(
        "complaint about people",
        asks: [
          "I (want|wish) to complain about (the tone|the manners) of (your agent|<name>|the man in the shop)",
          "(the person|your colleague) on the phone <when> was (rude|unfriendly|impatient) (to me|)",
          "your (shop|staff) in <town> (ignored me|was rude|laughed at my question)",
          "I was (hung up on|treated like a fool) (by <name>|on the phone) (<when>|)",
          "it is a shame how your (hotline|staff) (talks to|treats) (people|old people|customers)",
        ],
        details: ["I expect an apology", "nobody should talk like that", "the problem itself is solved"]),
      Intent(
        "idea for a feature",
        asks: [
          "I have (an idea|a suggestion) for the <product>: (a dark screen|a mute button|longer cables|a timer) would be (nice|great)",
          "it would be (great|nice|good) if the <product> (had|came with) (a timer|a night mode|a longer cable|larger letters)",
          "(why not|you should) (build|make) the <product> in (<colour>|wood|smaller)",
          "a (suggestion|wish) for the app: please (show the time|add larger letters|make the buttons bigger)",
        ],
        details: ["other makers have it", "my mother would love that", "no need to answer"]),
      Intent(
        "opinion about the website or the hotline",
        asks: [
          "your (website|page|app) is (confusing|ugly|hard to read), (just saying|my honest opinion)",
          "the waiting music (of your hotline|on the phone) is (awful|far too loud)",
          "I (waited|hung on) <count> quarters of an hour on your hotline, (that is poor|do better)",
          "the new (website|app) (looks good|is much better) (in my opinion|I think)",
        ],
        details: ["others think so too", "take it as advice", "I mean it kindly"]),
      Intent(
        "survey",
        asks: [
          "here is my answer to your survey: <count> out of ten (because it took too long|for friendliness|)",
          "I (filled in|answered) the survey (<when>|) and (want|have) to add (a comment|one thing)",
          "you asked (how|if) I (like|am happy with) the <product>: (yes very|not really|mostly yes)",
          "my (review|rating) of the <product>: (five stars|three stars|works but looks cheap)",
        ],
        details: ["keep it up", "you may print this", "next time ask fewer questions"]),
    ])
}

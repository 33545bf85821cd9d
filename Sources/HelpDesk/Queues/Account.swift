extension QueueGrammar {
  /// The customer's own data and login.
  static let account = QueueGrammar(
    queue: .account,
    themes: [
      "forgotten passwords", "a new mail address", "changed names", "merging two accounts", "family members on one account",
      "orders that do not show in the profile",
    ],
    asides: [
      "my (login|password) works again, thanks", "I (have updated|updated) my address in the profile already", "I did change my mail address <when>",
    ],
    intents: [
      Intent(
        "forgot password",
        asks: [
          "I (forgot|have forgotten|lost) my password (for the app|for my account|)",
          "I (cannot|can not) log in (to my account|to the app|) (any more|since <when>)",
          "the (mail|link) to reset my password (never comes|does not arrive|does not work)",
          "the (login|sign in) page (says|tells me) my password is wrong",
          "please reset (my|the) (login|password) for (my account|the customer page)",
        ],
        details: ["I looked in the spam folder", "I tried <count> times", "caps lock is off"]),
      Intent(
        "change of personal data",
        asks: [
          "I (want|need) to change the (mail|phone number|name) (in|on) my (account|profile)",
          "I (got married|have a new name), please update (my account|the name in your records)",
          "my (phone number|mail address) in your system is (old|wrong)",
          "how (do|can) I (change|update) my (personal data|mail address|phone number)?",
          "please (correct|fix) the spelling of my name in (the|my) (profile|account)",
        ],
        details: ["the old mail box is closed", "it should read <name>", "the page does not let me save it"]),
      Intent(
        "merge or share accounts",
        asks: [
          "I have two accounts (by mistake|) and want (one|them merged)", "(can|could) you (merge|join) my (two|old and new) (accounts|profiles)?",
          "how do I add (my wife|my husband|my son|a flatmate) to (our|my) account?",
          "please (transfer|move) the account from my (late father|mother|old company) to (me|my name)",
        ],
        details: ["both use the same phone number", "we live in one house", "the customer numbers differ"]),
      Intent(
        "orders or devices not visible",
        asks: [
          "<order> does not (show|appear) (in|under) my (account|profile)",
          "my (profile|account page) (is empty|shows no devices|shows someone's old address)",
          "the customer page does not (list|show) my <product> (any more|)",
          "why can I not see my (orders|devices) when I log in?",
        ],
        details: ["I bought it as a guest", "other orders are there", "I used the same mail"]),
      Intent(
        "preferences",
        asks: [
          "please take me off (the|your) (newsletter|mailing list)", "how do I (change|set) the language of my (account|profile)?",
          "I (get|receive) too many (mails|messages) from (you|Larkmere), where is the setting in my (account|profile)?",
          "I (want|would like) to (see|have) all the data (you keep about me|in my profile)",
        ],
        details: ["I unsubscribed <count> times", "there is no such button", "one mail a month is enough"]),
    ])
}

extension QueueGrammar {
  /// Break-ins, theft, fraud.
  static let security = QueueGrammar(
    queue: .security,
    themes: [
      "suspicious logins", "phishing mails", "stolen devices", "hacked cameras", "orders placed by a stranger", "leaked data", "two step codes",
    ],
    asides: [
      "I did switch on the two step code <when>", "(that|the) phishing mail from <month> is dealt with",
      "I have a strong password now, no worry there",
    ],
    intents: [
      Intent(
        "suspicious login",
        asks: [
          "(someone|a stranger) logged into my account from (another country|<town>|an unknown phone)",
          "I got a (warning|message) about a login (at <hour>|from <town>) that was not me", "my account was (hacked|taken over) (<when>|)",
          "(somebody|a thief) changed my password and (mail|phone number) (without me|)", "I think (someone|a stranger) (uses|is using) my account",
        ],
        details: ["please lock it at once", "I have not been there", "I was asleep at that time"]),
      Intent(
        "phishing",
        asks: [
          "I got a (strange|fake|suspicious) (mail|message|call) in your name (asking|that asks) for my (password|card number)",
          "is the (mail|text) about (<order>|a prize|an unpaid bill) really from you or (a scam|fraud)?",
          "I clicked (on|) a link in a (fake|phishing) mail (<when>|)",
          "a man (called|rang) and (said|claimed) he was from Larkmere and wanted my (code|card number)",
        ],
        details: ["the sender looks odd", "I gave no data I think", "the spelling was poor"]),
      Intent(
        "stolen or lost device",
        asks: [
          "my <product> was stolen (<when>|), (can|could) you (lock|block|track) it?",
          "I lost my <product> (<when>|on the train), please (lock|block|wipe) it",
          "(thieves|burglars) took the <product> (from the <room>|), how do I (lock|block) it?",
          "(block|lock) the stolen <product> (from <order>|) (at once|), please",
        ],
        details: ["the police have a report", "my pictures are on it", "the serial number is in the box"]),
      Intent(
        "spied on or hacked device",
        asks: [
          "(someone|a voice) (spoke|talked) to us through the <product>", "I (think|fear) that my <product> has been hacked",
          "the <product> (moves|records|switches on) by itself at night and (someone|a stranger) may be watching",
          "unknown devices (are|keep appearing) on my wifi (and I did not let them in|), is that (a break in|an attack)?",
          "is it safe that the <product> (sends|uploads) (pictures|sound) (at <hour>|)? I fear (spying|a leak)",
        ],
        details: ["I pulled the plug", "we have small children", "it is a horrible feeling"]),
      Intent(
        "fraudulent order",
        asks: [
          "someone ordered (a <product>|<count> things) in my name", "there is a (purchase|contract) I did not make, this is (fraud|identity theft)",
          "a stranger used my (card|name) to buy (a|the) <product>",
          "I (never|did not) (ordered|order) <order>, I suspect (fraud|a stolen card)",
        ],
        details: ["I have told the bank", "please stop it before it ships", "the address is not mine"]),
    ])
}

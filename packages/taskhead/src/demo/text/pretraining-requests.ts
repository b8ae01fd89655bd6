import type { Phrases } from "./phrases.js";

/** What the demo's encoder was pretrained to tell apart: messages to a shop by what they want, for `phrased`. */
export const pretrainingRequests: Phrases = {
  "card refused": [
    "my card (was|is) (refused|not accepted|declined) (when i pay|at the end of my order|again|)",
    "i cannot pay (for the {item}|my order|), (the payment does not go through|it says my card is not valid)",
    "the payment (failed|did not go through|was stopped) (again|twice|three times|) but the money (is|was) taken",
    "why (can i not pay|do you not take my money) with (this|my new) card",
  ],
  "closing account": [
    "(please|i want to|how do i) (close|delete|remove) my account",
    "i (do not|no longer) (want|need) my account (any more|), (please|) (delete|close|remove) it",
    "(take|remove) all (of|) my data (and my account|) (from|off) your (list|page|shop)",
  ],
  compliments: [
    "(thank you|many thanks), the {item} (is|was) (great|lovely|just right|better than i hoped)",
    "i (only|just) (want|wanted) to say (thanks|thank you|well done), (your shop|everything|the {item}) is (great|lovely)",
    "(your|the) {clerk} (was|has been) (very|so) (kind|helpful|friendly) when i (called|came to the shop)",
    "i (never|have never) had better help in (a|any) shop, (the {item}|it) works (well|)",
  ],
  "delivery costs": [
    "(how much|what) does it cost to send (a|the) {item} to (my {person}|another town|me)",
    "is sending (free|paid by you) (from|for) {money}",
    "(do|can) you (send|bring) (a|the) {item} to (an address abroad|a box at the post office|my {person} in another country)",
  ],
  "delivery days": [
    "(can|could) the driver (come|bring the {item}) on {day} and not on {day}",
    "nobody is at home (on {day}|{time}), (please|can you) (bring|send) the {item} on {day}",
    "(please|i have to|can i) change the day (when|on which) the {item} (comes|arrives)",
    "how long does it take until (a|the) {item} (comes|arrives) if i order it (now|today)",
  ],
  "gift cards": [
    "(do you sell|can i buy|where do i get|i want) a gift card (for|of) {money} (for|as a present for) my {person}",
    "how (do|can) i (use|spend|pay with) (a|the|my) gift card (from my {person}|)",
    "(how much|what) is left on my gift card (number {number}|)",
  ],
  "help choosing": [
    "which {item} (is|would be) (better|best|right) for (my {person}|the garden|a small room|long trips)",
    "can you (help me choose|say which {item} to take), (the small|the large) or the (other|new) one",
    "what is the difference between (the|this) {item} and the (other|new|larger) (one|{item})",
    "is the {colour} {item} (as good as|better than) the {colour} one",
  ],
  invoices: [
    "(please|can you|could you) send me (the|an|another) invoice for (the|my) {item}",
    "i (need|am missing|have not got) (a|the|my) (receipt|invoice) for (order {number}|the {item}) (for my taxes|)",
    "the (name|address|amount) on the invoice is (wrong|not right), (please|can you) (write|send) (another|a new one)",
    "where (do i find|is) the (invoice|receipt) (of|for) my (last|) order",
  ],
  jobs: [
    "(are you|is your shop) (looking for|hiring) (people|a {clerk}|help) (in|for) (the summer|the shop|{month})",
    "i (would like|want) to work (for you|in your shop) (as a {clerk}|)",
    "(where|how) (do|can) i (send|hand in) (my|an) application for (a|the) job",
  ],
  "left behind": [
    "i (left|forgot|lost) my {item} in your shop {time}, (did somebody find it|do you have it|is it still there)",
    "(has|did) (anybody|somebody) (hand in|find) a {colour} {item}",
    "(there was|i found) a {item} (by the till|in your shop) (which|that) is not mine",
  ],
  "logging in": [
    "i (cannot|can not) log in, (the|my) password (is wrong|is not accepted|does not work)",
    "(i forgot|i have lost|i cannot find) my password, (please|can you) send (me|) (a new one|another)",
    "the (code|email|message) to log in (never arrives|has not come yet|does not come)",
    "my account is (locked|blocked) (since {day}|after three times|), how do i get (in|it back)",
  ],
  newsletters: [
    "(please|) (stop sending|do not send) (me|) (your|any more|these) (emails|newsletters|letters)",
    "(i (do not|no longer) want|my {person} (does not want|no longer wants)) (your|the) (newsletter|emails|catalogue)",
    "how (do|can) i (leave|get off) (the|your) (list|newsletter)",
  ],
  "opening hours": [
    "(when|at what time) (does|do) (your|the) shop (open|close) (on {day}|this morning|in {month}|)",
    "(are you|is the shop|is somebody) (open|there) (on {day}|in the evening|on holidays|in {month})",
    "(until when|how long) (can i come|are you there) (on {day}|tonight|)",
  ],
  "ordering more": [
    "i ordered (one|a) {item} {time}, (please|can you) (make it|send) (two|three)",
    "(please|can you) (put|add) (a|the) {item} (to my order|in the same box) before it (is sent|goes out)",
    "i (want|would like) (another|one more) {item} (like the one|as) i (got|ordered) {time}",
  ],
  prices: [
    "the {item} (is|was) (cheaper|{money} less) (in another|at the other) shop, (can you match it|do you give me the same price)",
    "(why|how) (does|did) the {item} (cost|get) (more|so much more) (than {time}|now)",
    "(is there|will there be|do you have) (a|any) (sale|discount) (on|for) the {item} (in {month}|soon|)",
    "i (bought|paid for) the {item} {time} and now (it costs|the price is) (less|{money} less)",
  ],
  "repairs under way": [
    "i sent you my {item} to (mend|repair) {time}, (is it done|when do i get it back|what have you found)",
    "(have you mended|what is wrong with) the {item} (that|) you took (back|) {time} (for repair|)",
    "the {item} came back from (repair|you) but (the {part} still does not work|it is still broken|it is damaged again)",
  ],
  rudeness: [
    "(your|the) {clerk} (was|has been) (rude|unfriendly|not helpful) (to me|to my {person}|) (on the phone|in the shop|)",
    "(nobody|no one) (answers|picks up|calls back) (the phone|when i call|), i (waited|have been waiting) (for an hour|since {day})",
    "i (want|would like) to (complain|talk to somebody) about (your|the) {clerk} (i spoke to|)",
  ],
  "setting up": [
    "how (do|can) i (set up|put together|build|connect|start) the {item} (i bought|)",
    "(i do not understand|what does it mean in) the manual of the {item}, (where does the {part} go|which {part} is first)",
    "the (light|display) (on|of) the {item} (is red|does not go on|goes off), what (do i press|should i do)",
    "how (often|long) (must|do) i (charge|clean|wash) (the {part}|the {item}|it)",
  ],
  "spare parts": [
    "where (can|do) i (buy|order|get) (a new|another) {part} for (my|the) {item}",
    "do you sell the {part} (alone|without the {item})",
    "my {item} needs a (new|different|larger) {part}, (what does it cost|do you have one|which one is right)",
  ],
  stock: [
    "(do you have|is there) (a|the) {colour} {item} (in stock|in the shop|) (now|)",
    "when (will|do) you (have|get) the {item} (back|again|in {colour})",
    "(is the {item} (sold out|gone)|will the {item} be back in stock) (in|by) {month}",
    "(please|can you) (tell|write) me (when|as soon as) the {colour} {item} is (back|there again)",
  ],
  vouchers: [
    "(my|the) (voucher|discount) (code|) (does not work|is not accepted|is no longer valid)",
    "i (forgot|was not able) to (use|add|enter) (my|the) voucher (for|on) (my|the last) order",
    "(the|my) discount (is|was) (not|never) taken off (the price|my order|the {item})",
  ],
  warranties: [
    "how long is the warranty (on|for) the {item}",
    "(after|for) (a year|two years|{time}) the {part} (of|on) (my|the) {item} (broke|stopped working|is worn out), (is that covered|do you repair it)",
    "(can|do) you (repair|mend|fix) (my|an old) {item} (under warranty|that i bought years ago|)",
    "is a (broken|lost|worn) {part} covered (by|under) the warranty",
  ],
  "website faults": [
    "(your|the) (page|website|app) (does not|will not) (load|open|work) (on my phone|since {day}|)",
    "(i get|there is) an error (when i|every time i) (open|look at|add) the {item} (on your page|to the basket|)",
    "the (basket|search|page) (is|stays) (empty|white|broken) (since {day}|on your website|in the app)",
  ],
};

import type { Phrases } from "./phrases.js";

/** What it is fine-tuned to tell apart: other wishes to the same shop, in words that they share with one another. */
export const targetRequests: Phrases = {
  "broken on arrival": [
    "the {item} (arrived|came) (broken|with a broken {part}|in pieces|with a crack)",
    "(when i opened the box|as it came) the {item} (was|is) (broken|in pieces|damaged)",
    "you sent me (a broken|a damaged) {item}, the {part} (is off|does not work|is broken)",
    "(something|the {part}) (was|is) (broken|damaged) in the box (with|of) the {item} that (came|arrived) {time}",
  ],
  "cancel an order": [
    "(please|) (stop|cancel) (my|the) order (of|for) the {item}, it (has not|is not) (been sent|sent) yet",
    "i (do not|no longer) (want|need) the {item} i ordered, (please|) do not send it",
    "(please|can you|) (take|remove) the {item} (from|off) my order before (you send it|it goes out)",
    "i ordered the {item} (by mistake|twice) {time}, (please stop it|can you stop that), it has not (come|arrived)",
  ],
  "missing part": [
    "the {item} (arrived|came) without (the|its|a) {part}",
    "the {part} (of|for) the {item} (was not in|is not in|is missing from) the box",
    "(please|can you|) send me the {part} (that|which) (was not there|was missing) when the {item} (arrived|came)",
    "(everything|the {item}) (is|was) there but the {part} (is missing|did not come|was not in the box)",
  ],
  "money not back": [
    "i sent the {item} back {time} and have not (got|seen) my money (yet|)",
    "you (got|have) the {item} back (since {day}|) but i (am still waiting|have been waiting) for (my|the) money",
    "(when do i get|why have i not got) my money (back|) for the {item} (i sent back|that you got back|you took back)",
    "(the|my) {money} for the {item} (have|has) not come back (to my card|to my account|), it (arrived at|is back in) your shop {time}",
  ],
  "never arrived": [
    "(where is|when do i get|when will you send) the {item} (that|) i ordered {time}",
    "(my|the) {item} (has not|still has not|never) (arrived|come) (yet|)",
    "i (ordered|paid for) (the|a) {item} {time} and (am still waiting|have not got it|it did not come)",
    "your email says the {item} (was sent|arrived|has come) {time} but (nothing came|it is not here|i have not got it)",
  ],
  "new address": [
    "(please|can you|) send the {item} to (another|my new|a different) address, (it has not been sent yet|i moved|)",
    "the address (of|on|for) my order (is wrong|has changed|is the old one), (where do you send the {item}|it has not arrived yet|)",
    "i (moved|have moved) {time}, (please|can you) (change|correct) (where the {item} goes|the address of my order)",
    "(can|could) the {item} (i ordered|) (go|come|be sent) to my {person} and not to (me|my address)",
  ],
  "sending back": [
    "(how|where) (do|can) i send the {item} back, (it is not what i hoped|i do not want it|it is too large)",
    "the {item} (arrived|came) {time} but i (do not|no longer) (want|need|like) it, (can you take it back|can i send it back)",
    "i (want|would like) to (send|bring) (back the {item}|the {item} back) (that came {time}|) (and get my money|)",
    "(to which|to what) address do i send the {item} (back|), (it is too small|i do not like it)",
  ],
  "wrong item": [
    "you sent (me|) (a|the) {item} but i ordered (a|the) {item}",
    "(in the box|what came|what arrived {time}) (was|is) a {item} and not the {item} i ordered",
    "the {item} (that arrived|that came|you sent) is {colour}, i ordered the {colour} one",
    "(this|that) is not (my|the) {item}, (somebody got mine|i ordered another one|you sent a different one)",
  ],
};

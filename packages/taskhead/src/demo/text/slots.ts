import type { Phrases } from "./phrases.js";

/** What all messages are made of. */
export const slots: Phrases = {
  item: "lamp,kettle,jacket,backpack,tent,camera,keyboard,blender,chair,watch,clock,bicycle,speaker,printer,toaster,coat,desk,radio,suitcase,drill,mirror,carpet,scooter,heater".split(
    ",",
  ),
  part: "plug,cable,lid,strap,battery,handle,button,wheel,cover,switch,zip,screw".split(","),
  colour: "red,blue,green,black,white,grey,yellow,brown".split(","),
  person: "mother,father,sister,brother,neighbour,wife,husband,son,daughter".split(","),
  clerk: "(man|woman|person) at the (desk|till),driver,salesman,manager".split(","),
  time: "yesterday,last week,two weeks ago,on {day},a month ago,three days ago,in {month},this morning".split(","),
  day: "monday,tuesday,wednesday,thursday,friday,saturday,sunday".split(","),
  month: "january,march,april,june,july,september,october,december".split(","),
  money: "{digit}0 euros,{digit}5 euros".split(","),
  number: ["{digit}{digit}{digit}{digit}"],
  digit: "1,2,3,4,5,6,7,8,9".split(","),
};
/** What may stand before a wish. */
export const openings: readonly string[] = [
  "hello",
  "hi there",
  "good (morning|evening)",
  "dear (all|shop|team)",
  "(sorry|excuse me)",
];
/** What may stand beside it and tells nothing of it, though its words do elsewhere. */
export const asides: readonly string[] = [
  "my order number is {number}",
  "it is a present for my {person}",
  "i (ordered|bought) (it|the {item}) {time}",
  "i paid by card",
  "(the|your) {clerk} told me to (write|ask) here",
  "i have (the invoice|my receipt) here",
  "i got (your|an) email {time}",
  "(my|the) last order arrived (without a problem|on {day})",
  "i am (waiting|here) (until|on) {day}",
  "i (like|love) the {colour} {item} (i got from you|)",
  "my {person} has (the same|a) {item} (from you|) and it works",
  "i live (near|far from) your shop",
];
export const endings: readonly string[] = [
  "thanks",
  "thank you",
  "please (answer|write back) (soon|)",
  "(best|kind) regards",
  "what (can|should) i do",
];

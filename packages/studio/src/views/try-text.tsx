import { useRef, useState } from "preact/hooks";
import type { RowKind } from "../data/sheet.js";
import type { Caller } from "../job/calls.js";
import type { Jobs } from "../job/jobs.js";
import type { Said } from "../job/told.js";
import { Answers } from "./answers.js";
import { Spoken } from "./spoken.js";
import { spokenAnswer } from "./spoken-answer.js";
import { Fault } from "./step.js";
import { TaggedAnswer } from "./tagged-answer.js";
import { sentence } from "./words.js";

/** What is asked in writing. */
type Written = Exclude<RowKind, "labelled">;

const asks: Readonly<Record<Written, string>> = {
  texts: "A text",
  molecules: "A molecule, as SMILES",
  graphs: "A graph, as a line of JSON",
};

/** Asks the fine-tuned model about a sentence, a molecule or a graph, as it is written. */
export function TryText({ caller, kind }: { caller: Caller<Jobs>; kind: Written }) {
  const [said, setSaid] = useState<Said | null>(null);
  const [fault, setFault] = useState<string | null>(null);
  // Of what was written meanwhile, the last alone is worth an answer.
  const asked = useRef<{ running: boolean; next: string | null }>({ running: false, next: null });

  const ask = async (text: string): Promise<void> => {
    asked.current.next = text;
    if (asked.current.running) return;
    asked.current.running = true;
    try {
      for (let next; (next = asked.current.next) !== null;) {
        asked.current.next = null;
        setSaid(next.trim() === "" ? null : await caller.call("predict", next));
      }
      setFault(null);
    } catch (error) {
      setSaid(null);
      setFault(sentence(`There is no answer: ${(error as Error).message}`));
    } finally {
      asked.current.running = false;
    }
  };
  return (
    <div class="try">
      <h3>Try it</h3>
      <label class="sentence">
        {asks[kind]}
        <textarea
          rows={2}
          data-testid="ask"
          aria-describedby="fault-asking"
          onInput={(event) => void ask(event.currentTarget.value)}
        />
      </label>
      {said?.of === "words" ? (
        <TaggedAnswer words={said.words} />
      ) : (
        <div class="asked">
          {said?.of === "sample" && said.picture ? (
            <img src={said.picture} alt="the structure of the molecule that was asked" />
          ) : null}
          <Answers answer={said?.of === "sample" ? said.answer : null} />
        </div>
      )}
      <Spoken text={spokenAnswer(said)} />
      <Fault id="fault-asking" text={fault} />
    </div>
  );
}

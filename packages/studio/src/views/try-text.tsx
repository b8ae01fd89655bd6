import { useRef, useState } from "preact/hooks";
import type { Answer } from "@taskhead/core/internals";
import type { Caller } from "../job/calls.js";
import type { Jobs } from "../job/jobs.js";
import { Answers } from "./answers.js";
import { Fault } from "./step.js";

/** Asks the fine-tuned model about a sentence, as it is written. */
export function TryText({ caller }: { caller: Caller<Jobs> }) {
  const [answer, setAnswer] = useState<Answer | null>(null);
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
        setAnswer(next.trim() === "" ? null : await caller.call("predict", next));
      }
      setFault(null);
    } catch (error) {
      setFault((error as Error).message);
    } finally {
      asked.current.running = false;
    }
  };
  return (
    <div class="try">
      <h3>Try it</h3>
      <label class="sentence">
        A text
        <textarea rows={2} data-testid="ask" onInput={(event) => void ask(event.currentTarget.value)} />
      </label>
      <Answers answer={answer} />
      <Fault text={fault} />
    </div>
  );
}

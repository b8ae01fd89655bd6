import { useRef } from "preact/hooks";
import type { Progress } from "../job/told.js";
import { duration } from "./format.js";
import { Spoken } from "./spoken.js";

/** Milliseconds from one time to the next that a screen reader says how far something is. */
const apart = 20_000;

/** How far something is, and how long it still takes. */
export function Bar({ progress: { task, done, total } }: { progress: Progress }) {
  const begun = useRef({ task, at: performance.now(), done });
  if (begun.current.task !== task) begun.current = { task, at: performance.now(), done };
  const since = (performance.now() - begun.current.at) / 1000;
  const made = done - begun.current.done;
  const left = since > 2 && made > 0 && done < total ? `, ${duration((since / made) * (total - done))} left` : "";
  return (
    <div class="bar">
      <label>
        <span>
          {task}
          {left}
        </span>
        {/* Of 1: while one of a value and its maximum is changed and the other not yet, screen readers said 500 percent. */}
        <progress value={done / Math.max(1, total)} />
      </label>
      <Spoken text={`${task}, ${Math.round((100 * done) / Math.max(1, total))} %`} apart={apart} />
    </div>
  );
}

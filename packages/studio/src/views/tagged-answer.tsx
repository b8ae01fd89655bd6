import { percent } from "./format.js";
import type { Said } from "../job/told.js";

/** What the model says of each word of a text, and the entities that its tags name. */
export function TaggedAnswer({ words: { words, entities } }: { words: Extract<Said, { of: "words" }>["words"] }) {
  return (
    <div>
      <ol class="tagged" data-testid="answer">
        {words.map(({ text, start, tag, probability }) => (
          <li key={start} class={tag === null || tag === "O" ? "plain" : ""}>
            <span>{text}</span>{" "}
            <small>{tag === null ? "not answered: the text is too long" : `${tag} ${percent(probability)}`}</small>
          </li>
        ))}
      </ol>
      {entities.length > 0 ? (
        <p data-testid="entities">
          {entities.map(({ type, text, start }, i) => (
            <span key={start}>
              {i > 0 ? ", " : ""}
              {type}: <b>{text}</b>
            </span>
          ))}
        </p>
      ) : null}
    </div>
  );
}

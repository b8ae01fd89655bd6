import { useEffect, useState } from "preact/hooks";
import { rarely } from "./rarely.js";

interface SpokenProps {
  /** Nothing where there is nothing to say. */
  readonly text: string;
  /** Milliseconds from one time to the next. */
  readonly apart?: number;
}

/**
 * What a screen reader says by itself of what is seen on the page, though that changes oftener than one can listen. It is empty
 * at first, as what comes with its text is not always said.
 */
export function Spoken({ text, apart = 4000 }: SpokenProps) {
  const [said, setSaid] = useState("");
  const [hear] = useState(() => rarely(setSaid, apart));
  useEffect(() => hear(text), [text]);
  return (
    <p role="status" class="spoken">
      {said}
    </p>
  );
}

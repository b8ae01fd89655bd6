const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text made safe for HTML content and quoted attributes; what is not seen, the page shows (`htmlPage`). */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character]!);
}

/** A long name made safe for HTML content, which may break behind what joins its parts: "/", "_" and ".". */
export function breakable(name: string): string {
  return escapeHtml(name).replace(/(?<=[^/_.])[/_.](?=[^/_.])/g, "$&<wbr>");
}

/**
 * Running text made safe for HTML content, in which no line breaks where it would hurt: not inside an option such as
 * `--probe-lr`, not within an interval, not between a number and its unit, not between tau and its value.
 */
export function prose(text: string): string {
  return escapeHtml(text)
    .replace(/(?<![\w-])--[a-z][\w-]*/gi, (option) => `<span class="option">${option}</span>`)
    .replace(/95[ \u00a0]%: [−+\d.,]+ to [−+\d.,]+/g, (interval) => `<span class="unbroken">${interval}</span>`)
    .replace(/(?<=\d) (?=(?:%|points?)(?!\w))/g, "\u00a0")
    .replace(/(?<=\btau) (?=\d)/g, "\u00a0");
}

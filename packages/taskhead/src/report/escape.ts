const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** What no name needs, and what turns the text around it: control characters and bidirectional overrides. */
// oxlint-disable-next-line no-control-regex
const unseen = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** Text made safe for HTML content and quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(unseen, "\ufffd").replace(/[&<>"']/g, (character) => ENTITIES[character]!);
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

import type { Chart } from "./charts/svg.js";
import { visible } from "../words/visible.js";
import { escapeHtml, prose } from "./escape.js";
import { styleSheet } from "./style.js";

/** What every page shares: its frame, and the pieces that sections are made of. */

export interface PageSpec {
  /** plain text, without the product's name */
  title: string;
  /** how many taus the palette has colours for */
  taus: number;
  version: string;
  /** ISO 8601 */
  createdAt: string;
  /** HTML, in order; the first opens the page, and the contents follow it */
  sections: string[];
}

/**
 * A self-contained page. Its policy forbids scripts and any request, whatever a class name or a path may contain; pictures
 * are part of it.
 */
export function htmlPage({ title, taus, version, createdAt, sections }: PageSpec): string {
  const [opening = "", ...others] = sections.filter((one) => one !== "");
  // Names may hold what turns letters round on a page, too.
  return visible(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="taskhead ${escapeHtml(version)}">
<title>${escapeHtml(`taskhead: ${title}`)}</title>
<style>
${styleSheet(taus)}
</style>
</head>
<body>
<main>
${[opening, contents(others), ...others].join("\n")}
<footer>taskhead ${escapeHtml(version)} · ${escapeHtml(moment(createdAt))}. The method is that of
Ren, Guo, Bae and Sutherland, “How to prepare your task head for finetuning” (ICLR 2023).</footer>
</main>
</body>
</html>
`);
}

/** Links to the sections, by the titles that they have. */
function contents(sections: string[]): string {
  const links = sections.flatMap((one) => {
    const [, id, title] = /<h2 id="([\w-]+)-title">(.*?)<\/h2>/s.exec(one) ?? [];
    return id === undefined ? [] : [`<li><a href="#${id}">${title}</a></li>`];
  });
  return links.length < 2 ? "" : `<nav aria-label="Contents"><ol>${links.join("")}</ol></nav>`;
}

/** A titled section; `body` is HTML. */
export function section(id: string, title: string, body: string): string {
  return `<section id="${id}" aria-labelledby="${id}-title">\n<h2 id="${id}-title">${title}</h2>\n${body}\n</section>`;
}

/** A chart with its title and small print. */
export function figure({ title, note, legend, svg }: Chart): string {
  const small = note ? `<small>${escapeHtml(note)}</small>` : "";
  return `<figure><figcaption>${escapeHtml(title)}</figcaption>${legend}${svg}${small}</figure>`;
}

/** Charts side by side. */
export function figures(charts: Chart[]): string {
  return `<div class="charts">${charts.map((chart) => figure(chart)).join("\n")}</div>`;
}

/** A command line, none of whose options is broken in two. */
export function commandLine(command: string): string {
  return `<pre><code>${prose(command)}</code></pre>`;
}

/** Names and values; both are plain text. */
export function definitions(entries: [string, string][], style?: string): string {
  const items = entries.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<dl${style ? ` class="${style}"` : ""}>${items.join("\n")}</dl>`;
}

/** A time of day as the pages write it. */
export function moment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  return `${date.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}

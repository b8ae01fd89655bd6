import { paletteCss } from "./palette.js";

/** The page's style sheet: system fonts, light and dark, phone and A4. `taus` is the number of fine-tuned taus. */
export function styleSheet(taus: number): string {
  return `${paletteCss(taus)}${layout}`;
}

const layout = `
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px; }
p { max-width: 44em; margin: 0 0 .8em; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; margin: 0 0 .5em; text-wrap: balance; }
h2 { font-size: 1.2rem; font-weight: 650; margin: 0 0 .5em; }
h3 { font-size: 1rem; font-weight: 650; margin: 0 0 .4em; }
.kicker, .note, caption, figcaption small { color: var(--muted); }
.kicker { font-size: .875rem; max-width: none; margin: 0 0 .5em; overflow-wrap: anywhere; }
.headline { font-size: 1.15rem; line-height: 1.5; max-width: 40em; }
.caveats { padding-left: 1.1em; max-width: 44em; margin: 0 0 1em; }
.caveats li { margin: .25em 0; }
section { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 26px 28px 20px; margin: 0 0 20px; }
section.open { background: none; border: 0; padding: 0 0 8px; }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px 32px; margin-top: 18px; }
.charts + h3 { margin-top: 1.8em; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; height: auto; }
.wide { grid-column: 1 / -1; }
figure.wide svg { max-width: 100%; width: auto; margin: 6px 0 0; }
figcaption { font-weight: 600; margin: 0 0 .2em; }
figure small { display: block; font-size: .8125rem; line-height: 1.45; color: var(--muted); max-width: 48em; margin-top: .2em; }
.scroll { overflow-x: auto; margin: 14px 0 10px; }
.tall .scroll { max-height: min(70vh, 640px); overflow-y: auto; margin-top: 0; }
.tall thead th { position: sticky; top: 0; background: var(--paper); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
th, td { padding: 6px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); font-weight: 400; }
thead th { color: var(--muted); font-size: .8125rem; vertical-align: bottom; }
thead td { border: 0; }
th.group { text-align: center; border-bottom: 1px solid var(--rule); font-size: .75rem; letter-spacing: .02em; }
th.text, td.text { text-align: left; white-space: normal; overflow-wrap: break-word; min-width: 6em; }
tbody tr:last-child > * { border-bottom: 0; }
th:first-child, td:first-child { padding-left: 4px; }
tr.winner > * { background: var(--wash); }
tr.winner th { color: var(--winner); font-weight: 700; }
tr.winner th:first-child { box-shadow: inset 3px 0 0 var(--winner); padding-left: 10px; }
.mark { font-size: .6875rem; font-weight: 600; color: var(--winner); border: 1px solid currentColor; border-radius: 99px; padding: 0 6px; margin-left: 2px; }
.diverged { font-size: .75rem; font-style: italic; color: var(--ink); border-bottom: 1px dotted var(--muted); }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; margin: 12px 0 0; font-size: .8125rem; }
.legend svg { width: 22px; height: 8px; margin-right: 6px; vertical-align: 1px; }
.legend .winner { color: var(--winner); font-weight: 700; }
dl { display: grid; grid-template-columns: minmax(7em, max-content) minmax(0, 1fr); gap: 3px 18px; margin: 0 0 18px; font-size: .875rem; }
dl.options { grid-template-columns: repeat(2, minmax(6em, max-content) minmax(0, 1fr)); }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--page); border: 1px solid var(--rule); border-radius: 6px; padding: 12px 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
.columns { columns: 2; column-gap: 40px; }
.columns p { break-inside: avoid; }
footer { color: var(--muted); font-size: .8125rem; }
@media (max-width: 760px) {
  main { padding: 22px 12px 40px; }
  section { padding: 18px 14px 14px; }
  section.open { padding: 0 4px 8px; }
  h1 { font-size: 1.5rem; }
  .headline { font-size: 1.05rem; }
  .charts { grid-template-columns: minmax(0, 1fr); }
  .columns { columns: 1; }
  dl, dl.options { grid-template-columns: minmax(6em, 40%) minmax(0, 1fr); }
  figure.wide { overflow-x: auto; }
  figure.wide svg { max-width: none; }
}
@media print {
  @page { size: A4; margin: 14mm 13mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 10pt; }
  body { background: none; font-size: 1rem; }
  main { max-width: none; padding: 0; }
  section { border: 0; border-radius: 0; padding: 0 0 4mm; margin: 0 0 4mm; }
  h1 { font-size: 18pt; }
  h2, h3, figcaption { break-after: avoid; }
  figure, tr, dl, pre { break-inside: avoid; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 4mm 6mm; }
  .scroll, .tall .scroll { overflow: visible; max-height: none; }
  table, thead th, th.group { font-size: 7.5pt; }
  .tall { grid-column: 1 / -1; }
  th, td { padding: 3px 5px; white-space: normal; }
  .tall thead th { position: static; }
}
`;

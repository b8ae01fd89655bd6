import { paletteCss } from "./palette.js";

/** The page's style sheet: system fonts, light and dark, phone and A4. `taus` is the number of fine-tuned taus. */
export function styleSheet(taus: number): string {
  return [paletteCss(taus), layout, opening, tables, galleries, phone, paper].join("\n");
}

const layout = `* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  -webkit-text-size-adjust: 100%;
}
main { max-width: 1080px; margin: 0 auto; padding: 40px 20px 64px; }
p { max-width: 44em; margin: 0 0 .8em; }
h1 { font-size: 1.9rem; line-height: 1.2; font-weight: 650; letter-spacing: -.01em; margin: 0 0 .5em; text-wrap: balance; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; line-height: 1.3; font-weight: 650; margin: 0 0 .5em; }
h3 { font-size: 1rem; font-weight: 650; margin: 1.6em 0 .4em; }
h2 + h3 { margin-top: 0; }
h4 { font-size: .9375rem; font-weight: 650; margin: 1em 0 .2em; }
a { color: var(--validation); }
.kicker, .note, caption, figcaption small { color: var(--muted); }
.kicker { font-size: .875rem; max-width: none; margin: 0 0 .5em; overflow-wrap: anywhere; }
.headline { font-size: 1.15rem; line-height: 1.5; max-width: 44em; }
.option, .unbroken { white-space: nowrap; }
.caveats { padding-left: 1.1em; max-width: 44em; margin: 0 0 1em; overflow-wrap: break-word; }
.caveats li { margin: .25em 0; }
nav { margin: 0 0 20px; padding: 14px 0 0; border-top: 1px solid var(--rule); font-size: .875rem; }
nav ol { display: flex; flex-wrap: wrap; gap: 4px 20px; list-style: none; margin: 0; padding: 0; }
nav a { display: inline-block; padding: 3px 0; text-decoration: none; }
nav a:hover, nav a:focus { text-decoration: underline; }
section { background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 26px 28px 20px; margin: 0 0 20px; }
section.open { background: none; border: 0; padding: 0 0 4px; }
section:target { scroll-margin-top: 12px; }
.charts { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 24px 28px; margin-top: 18px; }
figure { margin: 0; min-width: 0; }
figure svg { display: block; width: 100%; max-width: 470px; height: auto; }
figcaption { font-weight: 600; margin: 0 0 .2em; }
figure small { display: block; font-size: .8125rem; line-height: 1.45; color: var(--muted); max-width: 48em; margin-top: .2em; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 16px; list-style: none; padding: 0; margin: 2px 0 4px; font-size: .8125rem; color: var(--muted); }
.legend li { overflow-wrap: anywhere; }
.legend svg { display: inline-block; width: 22px; height: 10px; margin-right: 6px; vertical-align: -1px; }
.legend .winner { color: var(--winner); font-weight: 700; }
dl { display: grid; grid-template-columns: minmax(7em, max-content) minmax(0, 1fr); gap: 3px 18px; margin: 0 0 18px; font-size: .875rem; }
dl.options { grid-template-columns: repeat(2, minmax(6em, max-content) minmax(0, 1fr)); }
dt { color: var(--muted); }
dd { margin: 0; overflow-wrap: anywhere; }
pre { font: .8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--page); border: 1px solid var(--rule); border-radius: 6px; padding: 12px 14px; white-space: pre-wrap; overflow-wrap: anywhere; }
.columns { columns: 2; column-gap: 40px; }
.columns p { break-inside: avoid; }
footer { color: var(--muted); font-size: .8125rem; }`;

/** The picture that a page opens with. */
const opening = `.card { margin: 22px 0 20px; background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 16px 20px 14px; }
.card figure svg { max-width: 560px; }
.standing { margin: 22px 0 20px; background: var(--paper); border: 1px solid var(--rule); border-radius: 8px; padding: 16px 20px 14px; }
.standing figcaption { margin-bottom: 10px; }
.line { display: grid; grid-template-columns: minmax(0, 20rem) minmax(0, 1fr) 8rem; column-gap: 14px; align-items: center; min-height: 34px; font-size: .9375rem; }
.line .name { overflow-wrap: anywhere; line-height: 1.3; }
.line .told { font-variant-numeric: tabular-nums; text-align: right; }
.track { position: relative; height: 26px; border-left: 1px solid var(--rule); border-right: 1px solid var(--rule); background: linear-gradient(var(--rule), var(--rule)) center / 100% 1px no-repeat; }
.track .bar { position: absolute; top: 11px; height: 4px; border-radius: 2px; background: var(--validation); }
.track .dot { position: absolute; top: 50%; width: 13px; height: 13px; margin: -6.5px 0 0 -6.5px; border-radius: 50%; background: var(--validation); box-shadow: 0 0 0 2px var(--paper); }
.line.hollow .dot { background: var(--paper); border: 2px solid var(--validation); }
.line.hollow .bar { height: 2px; top: 12px; }
.line.first { color: var(--winner); font-weight: 650; }
.line.first .bar, .line.first .dot { background: var(--winner); }
.line.axis { min-height: 20px; color: var(--muted); font-size: .8125rem; }
.line.axis .track { height: 22px; border: 0; background: none; }
.line.axis .track span { position: absolute; transform: translateX(-50%); font-variant-numeric: tabular-nums; }
.axis-name { color: var(--muted); font-size: .8125rem; text-align: center; margin: 0 0 6px; }`;

const tables = `.scroll {
  overflow-x: auto; margin: 14px 0 10px;
  /* what is cut off casts a shadow: covers that scroll with the table lie over shadows that do not */
  background:
    linear-gradient(to right, var(--paper) 40%, transparent) left / 48px 100% no-repeat local,
    linear-gradient(to left, var(--paper) 40%, transparent) right / 48px 100% no-repeat local,
    linear-gradient(to right, var(--shade), transparent) left / 16px 100% no-repeat scroll,
    linear-gradient(to left, var(--shade), transparent) right / 16px 100% no-repeat scroll;
}
.scroll:focus-visible { outline: 2px solid var(--validation); outline-offset: 2px; }
.tall .scroll { max-height: min(70vh, 640px); overflow-y: auto; margin-top: 0; }
.tall thead th { position: sticky; top: 0; background: var(--paper); z-index: 2; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { position: absolute; clip-path: inset(50%); width: 1px; height: 1px; overflow: hidden; }
th, td { padding: 6px 10px; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--rule); font-weight: 400; }
thead th { color: var(--muted); font-size: .8125rem; vertical-align: bottom; }
thead td { border: 0; }
th.group { text-align: center; font-size: .75rem; letter-spacing: .02em; }
th.text, td.text { text-align: left; white-space: normal; overflow-wrap: anywhere; min-width: 8em; }
tbody tr:last-child > * { border-bottom: 0; }
tbody th { position: sticky; left: 0; background: var(--paper); z-index: 1; }
thead th:first-child:not(.group) { position: sticky; left: 0; background: var(--paper); z-index: 3; }
th:first-child, td:first-child { padding-left: 4px; }
tr.winner > * { background: var(--wash); }
tr.winner th { color: var(--winner); font-weight: 700; }
tr.winner th:first-child { box-shadow: inset 3px 0 0 var(--winner); padding-left: 10px; }
.mark { font-size: .6875rem; font-weight: 600; color: var(--winner); border: 1px solid currentColor; border-radius: 99px; padding: 0 6px; margin-left: 2px; }
.diverged { font-size: .75rem; font-style: italic; color: var(--ink); border-bottom: 1px dotted var(--muted); }
.meter { display: inline-flex; align-items: center; gap: 8px; }
.meter i { width: 5.5em; height: .8em; border-radius: 2px; background: linear-gradient(var(--validation), var(--validation)) left / var(--share) 100% no-repeat var(--empty); }
table.matrix { width: auto; border-spacing: 2px; }
.matrix th, .matrix td { border: 0; }
.matrix td { width: 2.7em; min-width: 2.3em; height: 2.3em; padding: 0 3px; text-align: center; background: color-mix(in srgb, var(--validation) var(--share), var(--empty)); border-radius: 2px; }
.matrix td.strong { color: var(--paper); }
.matrix tbody th { padding: 0 8px 0 4px; }
.matrix thead th { writing-mode: vertical-rl; transform: rotate(180deg); text-align: left; vertical-align: top; padding: 6px 0; line-height: 2.3em; }
.matrix thead th.corner { line-height: 1.5; }
.matrix thead th.corner, .matrix thead th.group { writing-mode: horizontal-tb; transform: none; vertical-align: bottom; text-align: right; padding: 0 8px 4px 4px; position: sticky; left: 0; background: var(--paper); }
.matrix thead th.group { text-align: center; line-height: 1.5; }`;

const galleries = `.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(132px, 1fr)); gap: 16px 14px; list-style: none; padding: 0; margin: 8px 0 18px; font-size: .8125rem; line-height: 1.4; }
.gallery li { min-width: 0; break-inside: avoid; overflow-wrap: anywhere; }
.gallery img, .no-picture { display: block; width: 100%; aspect-ratio: 1; object-fit: contain; background: var(--page); border: 1px solid var(--rule); border-radius: 4px; margin-bottom: 5px; }
.no-picture { display: grid; place-items: center; color: var(--muted); }
.gallery .told { display: block; }
.gallery .told span { color: var(--muted); }
.gallery .told strong { font-weight: 600; }
.gallery .file { display: block; color: var(--muted); font-size: .75rem; }
.gallery.pictured { grid-template-columns: repeat(auto-fill, minmax(min(100%, 480px), 1fr)); }
.maps { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 4px; }
@media (max-width: 560px) { .maps { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
.maps figure { margin: 0; padding: 0; border: 0; background: none; min-width: 0; }
.maps img { aspect-ratio: 4 / 3; margin-bottom: 1px; }
.maps figcaption { color: var(--muted); font-size: .75rem; }
.swatches { margin: 4px 0 12px; }
.swatch { display: inline-block; width: .85em; height: .85em; border-radius: 2px; margin-right: .4em; vertical-align: -.08em; border: 1px solid var(--rule); }
.gallery.texts { grid-template-columns: repeat(auto-fill, minmax(min(100%, 280px), 1fr)); }
.gallery.drawn { grid-template-columns: repeat(auto-fill, minmax(min(100%, 210px), 1fr)); }
.gallery.drawn img { background: #fff; }
.gallery blockquote { margin: 0 0 5px; padding: 8px 10px; background: var(--page); border: 1px solid var(--rule); border-radius: 4px; font-size: .875rem; }`;

const phone = `@media (max-width: 820px) {
  main { padding: 22px 10px 40px; }
  section { padding: 18px 14px 14px; }
  section.open { padding: 0 4px 4px; }
  nav { padding-left: 4px; padding-right: 4px; }
  .charts { gap: 20px 18px; }
  dl.options { grid-template-columns: minmax(6em, 40%) minmax(0, 1fr); }
}
@media (max-width: 640px) {
  h1 { font-size: 1.5rem; }
  .headline { font-size: 1.05rem; }
  section { padding: 16px 10px 12px; }
  .charts { grid-template-columns: minmax(0, 1fr); }
  .columns { columns: 1; }
  dl { grid-template-columns: minmax(6em, 40%) minmax(0, 1fr); }
  nav ol { display: block; columns: 2; column-gap: 16px; }
  nav li { break-inside: avoid; }
  .standing, .card { padding: 12px 10px 10px; }
  .meter i { width: 3em; }
  .line { grid-template-columns: minmax(0, 1fr) max-content; row-gap: 0; padding: 3px 0; }
  .line .track { grid-area: 2 / 1 / 3 / -1; margin: 0 12px; }
  .line.axis .name, .line.axis .told { display: none; }
  .line.axis .track { grid-area: 1 / 1 / 2 / -1; }
  tbody th { box-shadow: 1px 0 0 var(--rule); max-width: 45vw; }
  .gallery { grid-template-columns: repeat(auto-fill, minmax(104px, 1fr)); }
  .gallery.drawn { grid-template-columns: repeat(auto-fill, minmax(min(100%, 150px), 1fr)); }
}`;

const paper = `@media print {
  @page { size: A4; margin: 14mm 13mm; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  html { font-size: 10pt; }
  body { background: none; font-size: 1rem; }
  main { max-width: none; padding: 0; }
  section { border: 0; border-radius: 0; padding: 0 0 4mm; margin: 0 0 4mm; }
  h1 { font-size: 18pt; }
  h2, h3, h4, figcaption { break-after: avoid; }
  figure, tr, dt, dd, pre, .gallery li, table.matrix { break-inside: avoid; }
  thead { display: table-header-group; }
  a { color: inherit; text-decoration: none; }
  .charts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 4mm 6mm; }
  .columns { columns: 2; }
  .scroll, .tall .scroll { overflow: visible; max-height: none; background: none; }
  table, thead th, th.group { font-size: 7.5pt; }
  th, td { padding: 3px 5px; white-space: normal; }
  td.text, th.text { min-width: 0; }
  tbody th, .tall thead th, thead th:first-child:not(.group) { position: static; }
  .matrix td { width: auto; min-width: 0; height: 1.7em; }
  .gallery { grid-template-columns: repeat(6, minmax(0, 1fr)); gap: 3mm; font-size: 7.5pt; }
}`;

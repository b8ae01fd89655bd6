import { finite, tick, type Maybe } from "../words/format.js";
import { limits } from "./charts/axes.js";
import { escapeHtml } from "./escape.js";

/** One line of the opening picture. */
export interface Standing {
  /** plain text */
  name: string;
  /** on the axis; null where there is none, as `told` says */
  value: Maybe;
  /** ends of its interval, on the axis */
  interval?: readonly [low: number, high: number] | null;
  /** the value in words */
  told: string;
  winner?: boolean;
  /** an outline: not to be compared with the others */
  hollow?: boolean;
}

export interface StandingPicture {
  title: string;
  axis: string;
  /** what the axis may show at most */
  bounds: [number, number];
  rows: Standing[];
  note: string;
}

/**
 * The picture that a page opens with: a line for each contender, a dot where it stands, a bar for its interval. It is made of
 * text and boxes, so that it reads as well on a phone as on paper.
 */
export function standing({ title, axis, bounds, rows, note }: StandingPicture): string {
  const ends = rows.flatMap(({ value, interval }) => [value, ...(interval ?? [])]);
  const { min = 0, max = 1, interval: step = 0.25 } = limits(ends, bounds);
  const at = (value: number): string => `${(100 * Math.max(0, Math.min(1, (value - min) / (max - min)))).toFixed(2)}%`;
  const ticks: string[] = [];
  for (let i = 0; min + i * step <= max + step / 1000; i++)
    ticks.push(`<span style="left:${at(min + i * step)}">${tick(min + i * step, step)}</span>`);
  const line = ({ name, value, interval, told, winner, hollow }: Standing): string => {
    const place = finite(value);
    const bar = interval
      ? `<i class="bar" style="left:${at(interval[0])};right:calc(100% - ${at(interval[1])})"></i>`
      : "";
    const dot = place === null ? "" : `<i class="dot" style="left:${at(place)}"></i>`;
    const style = `${winner ? " first" : ""}${hollow ? " hollow" : ""}`;
    return (
      `<div class="line${style}"><span class="name"><bdi>${escapeHtml(name)}</bdi></span>` +
      `<span class="track">${bar}${dot}</span><span class="told">${escapeHtml(told)}</span></div>`
    );
  };
  const label = `${title}. ${rows.map(({ name, told }) => `${name}: ${told}`).join("; ")}`;
  return (
    `<figure class="standing"><figcaption>${escapeHtml(title)}</figcaption>` +
    `<div role="img" aria-label="${escapeHtml(label)}">${rows.map(line).join("\n")}` +
    `<div class="line axis"><span class="name"></span><span class="track">${ticks.join("")}</span><span class="told"></span></div>` +
    `<div class="axis-name">${escapeHtml(axis)}</div></div><small>${escapeHtml(note)}</small></figure>`
  );
}

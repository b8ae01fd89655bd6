import type { Metric, ObjectiveName } from "@taskhead/core/internals";
import { namedScore } from "taskhead/inputs";
import type { ProbedPoint } from "../job/told.js";
import { epochs } from "./format.js";
import { saidOfCurve, saidOfStart } from "./starts.js";
import type { Forecasts } from "./use-forecasts.js";

interface EnergyCurveProps {
  readonly points: readonly ProbedPoint[];
  readonly task: ObjectiveName;
  readonly metric: Metric;
  /** Which of them is the start of fine-tuning; undefined while probing. */
  readonly chosen?: number;
  /** Of the starts that were looked at: how far features will move. */
  readonly forecasts?: Forecasts["known"];
  onChoose?(index: number): void;
}

const [width, height, left, right, top, bottom] = [640, 280, 60, 60, 14, 54];

/**
 * Energy and score against tau, as probing goes on; a score below 0 is drawn at 0. Tau is on a scale of its square root, so that the first epochs, in which
 * most happens, have room.
 */
export function EnergyCurve({ points, task, metric, chosen, forecasts, onChoose }: EnergyCurveProps) {
  const last = Math.max(1, points.at(-1)?.tau ?? 1);
  const x = (tau: number): number => left + (width - left - right) * Math.sqrt(tau / last);
  // Of a class, as of a word's or a pixel's, it cannot be more than √2.
  const bounded = task !== "multi-label" && task !== "regression";
  const most = bounded ? Math.SQRT2 : Math.max(...points.map(({ energy }) => energy));
  const yEnergy = (energy: number): number => top + (height - top - bottom) * (1 - energy / most);
  const yScore = (score: number): number => top + (height - top - bottom) * (1 - Math.min(Math.max(score, 0), 1));
  const line = (of: (point: ProbedPoint) => number | null, y: (value: number) => number): string =>
    points
      .flatMap((point) => {
        const value = of(point);
        return value === null ? [] : [`${x(point.tau).toFixed(1)},${y(value).toFixed(1)}`];
      })
      .join(" ");
  const marked = chosen === undefined ? undefined : points[chosen];
  // On a scale of their own: the longest way is as high as the picture.
  const ways = [...(forecasts ?? [])].flatMap(([index, { euclidean }]) =>
    euclidean === null || !points[index] ? [] : [{ ...points[index], euclidean }],
  );
  const longest = Math.max(...ways.map(({ euclidean }) => euclidean));
  const ticks = [0, 1, 4, 16, 64].filter((tau) => tau <= last);
  return (
    <figure class="curve">
      <svg viewBox={`0 0 ${width} ${height}`} role="img" aria-label={saidOfCurve(points, metric)}>
        {[0, 0.25, 0.5, 0.75, 1].map((share) => (
          <g key={share}>
            <line class="grid" x1={left} x2={width - right} y1={yScore(share)} y2={yScore(share)} />
            <text x={width - right + 6} y={yScore(share) + 4}>
              {metric.percent ? `${100 * share} %` : share}
            </text>
            <text class="of-energy" x={left - 6} y={yScore(share) + 4} text-anchor="end">
              {(share * most).toFixed(2)}
            </text>
          </g>
        ))}
        {ticks.map((tau) => (
          <text key={tau} x={x(tau)} y={height - 30} text-anchor="middle">
            {tau}
          </text>
        ))}
        <text x={(left + width - right) / 2} y={height - 6} text-anchor="middle">
          τ, epochs of probing
        </text>
        <polyline class="energy" points={line((p) => p.energy, yEnergy)} />
        <polyline class="train" points={line((p) => p.trainScore, yScore)} />
        <polyline class="validation" points={line((p) => p.validationScore, yScore)} />
        {ways.map(({ tau, euclidean }) => (
          <g class="way" key={tau}>
            <line x1={x(tau)} x2={x(tau)} y1={yScore(0)} y2={yScore((0.9 * euclidean) / longest)} />
            <circle cx={x(tau)} cy={yScore((0.9 * euclidean) / longest)} r={4} />
          </g>
        ))}
        {marked ? (
          <g class="chosen">
            <line x1={x(marked.tau)} x2={x(marked.tau)} y1={top} y2={height - bottom} />
            <circle cx={x(marked.tau)} cy={yEnergy(marked.energy)} r={6} />
          </g>
        ) : null}
      </svg>
      <figcaption>
        <span class="key energy">energy (left)</span> <span class="key train">{metric.name}, training (right)</span>{" "}
        <span class="key validation">{metric.name}, validation (right)</span>{" "}
        {ways.length > 0 ? <span class="key way">forecast: how far features move</span> : null}
      </figcaption>
      {marked && onChoose && chosen !== undefined ? (
        <label class="drag">
          <span>
            Start from τ = {epochs(marked.tau)}: energy {marked.energy.toFixed(2)}, validation{" "}
            {namedScore(marked.validationScore, { metric })}
          </span>
          <input
            type="range"
            min={0}
            max={points.length - 1}
            value={chosen}
            aria-valuetext={saidOfStart(marked, metric)}
            onInput={(event) => onChoose(Number(event.currentTarget.value))}
          />
        </label>
      ) : null}
    </figure>
  );
}

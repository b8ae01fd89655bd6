import type { BestCalibration, Calibration } from "@taskhead/core/internals";
import { asPercent, across, grid, up } from "./axes.js";
import { count, fixed, percent } from "../../words/format.js";
import { colors } from "../palette.js";
import { line, points, type Point } from "./series.js";
import { draw, type Chart } from "./svg.js";

/** Reliability diagrams of the winner on the validation samples: as it is, and at temperatures fitted to other folds. */
export function calibrationCharts({ temperature, validation }: BestCalibration, sample: string): Chart[] {
  const { before, after } = validation;
  return [
    reliability("reliability-before", "As trained", before, sample),
    ...(after && temperature
      ? [reliability("reliability-after", `Temperature near ${fixed(temperature.value, 2)}`, after, sample)]
      : []),
  ];
}

function reliability(id: string, title: string, { ece, bins }: Calibration, sample: string): Chart {
  const dots = `${sample}s by confidence`;
  const filled = bins.filter((bin) => bin.count > 0);
  const most = Math.max(...filled.map((bin) => bin.count));
  const data = filled.map((bin): Point => [asPercent(bin.confidence)!, asPercent(bin.accuracy)]);
  const told = filled.map(
    (bin) => `${count(bin.count)} at confidence ${percent(bin.confidence)}: ${percent(bin.accuracy)} right`,
  );
  return draw({
    id,
    title: `${title}: off by ${percent(ece)}`,
    description: told.join("; "),
    note: `A dot per bin of confidence, its area the number of ${sample}s. On the dotted line answers are as sure as they are right; below it they are too sure.`,
    legend: [dots],
    option: {
      grid,
      xAxis: across("confidence (%)", { min: 0, max: 100 }),
      yAxis: up("accuracy (%)", { min: 0, max: 100 }),
      series: [
        line(
          "calibrated",
          [
            [0, 0],
            [100, 100],
          ],
          { color: colors.muted, dash: "dotted", width: 1.5 },
        ),
        points(dots, data, {
          color: colors.validation,
          size: (index) => 5 + 15 * Math.sqrt(filled[index]!.count / most),
        }),
      ],
    },
  });
}

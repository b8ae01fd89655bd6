import { useEffect, useRef } from "preact/hooks";
import { classColour, coloured, hexOf } from "taskhead/inputs";
import type { SaidOfPixels } from "../job/told.js";
import { percent } from "./format.js";
import { partsOf } from "./map-parts.js";

/** Of the colours over a picture, as `taskhead predict --overlay` has it. */
const opacity = 0.55;

/** The class of each pixel in colour, to lie over the picture. */
export function MapOverlay({ said: { classes, width, height } }: { said: SaidOfPixels }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const colours = coloured(classes);
    const rgba = new Uint8ClampedArray(4 * classes.length).fill(Math.round(255 * opacity));
    for (let i = 0; i < classes.length; i++) rgba.set(colours.subarray(3 * i, 3 * i + 3), 4 * i);
    canvas.current!.getContext("2d")!.putImageData(new ImageData(rgba, width, height), 0, 0);
  }, [classes]);
  return (
    <canvas ref={canvas} width={width} height={height} role="img" aria-label="the class of each pixel, in its colour" />
  );
}

/** Which part of the picture each class has, the largest first, beside its colour. */
export function MapParts({ said }: { said: SaidOfPixels }) {
  return (
    <ol class="answer" data-testid="answer">
      {partsOf(said).map(({ label, place, part }) => (
        <li key={label}>
          <span>
            <span class="swatch" style={{ background: hexOf(classColour(place)) }} /> {label}
          </span>{" "}
          <meter value={part} min={0} max={1} aria-label={label} /> <span>{percent(part)}</span>
        </li>
      ))}
    </ol>
  );
}

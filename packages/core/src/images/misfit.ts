import { buildOn, ModelError, type Model } from "@taskhead/autograd";
import { channelsFirst } from "./channels-last.js";
import { asOption, imageInput, type PixelOptions } from "./input.js";
import type { Size } from "./preprocessing.js";

/** Sides that networks of images are trained at, in pixels, the usual ones first. */
const usualSides = [224, 256, 384, 32, 28, 64, 96, 112, 128, 160, 192, 240, 288, 299, 320, 336, 448, 512, 518];

/** Larger models are not built over and over, to say better what is wrong with them. */
const mostNodes = 10_000;

/**
 * Why a model cannot be given images: it declares sizes as free that are not, so that its shapes do not go together.
 * @param error what came of the size asked for
 * @returns undefined where neither its own batch nor another size helps
 */
export function misfitOf(
  model: Model,
  { normalise, size }: { normalise?: PixelOptions; size?: Size },
  error: ModelError,
): ModelError | undefined {
  const [input] = model.graph.inputs;
  if (!input?.type || !size || model.graph.nodes.length > mostNodes) return undefined;
  const [batch, , height] = channelsFirst(input.type.shape);
  const builds = (at: Size, samples?: number): boolean => {
    try {
      const prepared = imageInput(model, { normalise, size: at }).model;
      const [pixels] = prepared.graph.inputs;
      const shape = [samples ?? "batch", ...pixels!.type!.shape.slice(1)];
      const inputs = [{ ...pixels!, type: { ...pixels!.type!, shape } }];
      buildOn({ ...prepared, graph: { ...prepared.graph, inputs } });
      return true;
    } catch {
      return false;
    }
  };
  const why = (reason: string): ModelError =>
    new ModelError(`${reason} (${error.message.split("; ")[0]})`, { cause: error });
  const fixed = typeof batch === "number" ? batch : 1;
  if (builds(size, fixed))
    return why(`the model was exported for a batch of ${fixed}; export it again with a dynamic batch axis`);
  if (typeof height === "number") return undefined;
  const side = usualSides.find((one) => builds({ height: one, width: one }));
  if (side === undefined) return undefined;
  return why(
    `the model says that it takes images of any size, but wants ${side}×${side}; use option size ${side} instead of ${asOption(size)}`,
  );
}

/** In pixels. */
export interface Size {
  height: number;
  width: number;
}

/** One number per channel: red, green, blue. */
export type Triple = readonly [number, number, number];

export type Interpolation = "nearest" | "bilinear" | "bicubic";

/** How a picture becomes the numbers that a network was pretrained on. */
export interface Preprocessing {
  /** What `stretch` resizes to. For `shortest-edge` both sides are the length that the shorter side gets. */
  size: Size;
  /** `shortest-edge` keeps the picture's proportions and needs a `crop`. */
  resize: "stretch" | "shortest-edge";
  /** Cut from the middle after resizing; not larger than `size`. */
  crop?: Size;
  interpolation: Interpolation;
  /** The network gets (byte · rescale − mean) / std. */
  rescale: number;
  mean: Triple;
  std: Triple;
  /** `bgr`: the network gets blue first. `mean` and `std` are those of red, green, blue all the same. */
  order?: "bgr";
}

/** What is asked for; it wins over the file that came with the model. */
export interface PreprocessingOptions {
  /** Size of the image that the network gets, in pixels; a number is the side of a square. */
  size?: number | Size;
  mean?: Triple;
  std?: Triple;
}

/** The size of the image that the network gets. */
export function outputSize({ size, crop }: Preprocessing): Size {
  return crop ?? size;
}

/** RGB in 0..1, stretched to the size. */
export function plainPreprocessing(size: number | Size): Preprocessing {
  return {
    size: squareSize(size),
    resize: "stretch",
    interpolation: "bilinear",
    rescale: 1 / 255,
    mean: [0, 0, 0],
    std: [1, 1, 1],
  };
}

/** Another `size` scales what is resized to and what is cropped alike, so that the crop shows the same part. */
export function withOptions(
  base: Preprocessing,
  { size, mean = base.mean, std = base.std }: PreprocessingOptions,
): Preprocessing {
  const own = { ...base, mean, std };
  if (size === undefined) return own;
  const wanted = squareSize(size);
  if (!base.crop) return { ...own, size: wanted };
  const height = Math.round((base.size.height * wanted.height) / base.crop.height);
  const width = Math.round((base.size.width * wanted.width) / base.crop.width);
  const edge = Math.max(height, width);
  return { ...own, size: base.resize === "stretch" ? { height, width } : { height: edge, width: edge }, crop: wanted };
}

/** A number is the side of a square. */
export function squareSize(size: number | Size): Size {
  return typeof size === "number" ? { height: size, width: size } : { height: size.height, width: size.width };
}

import fc from "fast-check";
import { Float, type Attribute, type Graph } from "../src/graph/model.js";
import { sizeOf, type DataType } from "../src/graph/tensor.js";
import type { Case, Operand } from "./gradient-check.js";
import { node } from "./models.js";
import { protoOf } from "../src/io/data-types.js";

type Cases = fc.Arbitrary<Case>;
type Shape = readonly number[];

const int = (min: number, max: number) => fc.integer({ min, max });
const bit = int(0, 1);
const shapes = (min = 1, max = 4) => fc.array(int(1, 4), { minLength: min, maxLength: max });

interface Values {
  readonly low?: number;
  readonly high?: number;
  /** Points that no value comes near to. */
  readonly kinks?: readonly number[];
}

/** A varied operand. */
function tensor(shape: Shape, { low = -2, high = 2, kinks = [] }: Values = {}): fc.Arbitrary<Operand> {
  const size = sizeOf(shape);
  const value = fc.integer({ min: 0, max: 1000 }).map((v) => {
    const x = low + ((high - low) * v) / 1000;
    const kink = kinks.find((k) => Math.abs(x - k) < 0.1);
    return kink === undefined ? x : kink + (x >= kink ? 0.15 : -0.15);
  });
  return fc.noBias(fc.array(value, { minLength: size, maxLength: size })).map((values) => ({ shape, values }));
}

/** Values no two of which are close, in random order. */
function distinct(shape: Shape): fc.Arbitrary<Operand> {
  const size = sizeOf(shape);
  const ranks = fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size });
  return ranks.map((order) => ({ shape, values: order.map((r) => 0.12 * (r - size / 2) + 0.03) }));
}

const fixed = (values: readonly number[], constant: DataType = "int64", shape: Shape = [values.length]): Operand => ({
  shape,
  values,
  constant,
});

function indices(shape: Shape, limit: number): fc.Arbitrary<Operand> {
  const size = sizeOf(shape);
  return fc
    .array(int(0, limit - 1), { minLength: size, maxLength: size })
    .map((values) => fixed(values, "int64", shape));
}

/** Shapes that broadcast together: each is the whole with some axes made 1 and leading ones dropped. */
const broadcasting = (count: number) =>
  shapes(1, 3).chain((whole) => {
    const part = fc
      .tuple(int(0, whole.length), fc.array(fc.boolean(), { minLength: whole.length, maxLength: whole.length }))
      .map(([drop, ones]) => whole.map((d, i) => (ones[i] ? 1 : d)).slice(drop));
    return fc.tuple(fc.constant(whole as Shape), ...Array.from({ length: count - 1 }, () => part));
  });

const microsoft = "com.microsoft";
const positive: Values = { low: 0.3, high: 3 };

type Attributes = Record<string, Attribute>;

const unary = (
  values: Values = {},
  attributes: fc.Arbitrary<Attributes> = fc.constant({}),
  extra: Partial<Case> = {},
) => {
  return (op: string): Cases =>
    fc
      .tuple(
        shapes().chain((s) => tensor(s, values)),
        attributes,
      )
      .map(([x, a]) => ({ op, inputs: [x], attributes: a, ...extra }));
};

const elementwise = (count: number, values: Values[] = [], extra: Partial<Case> = {}) => {
  return (op: string): Cases =>
    broadcasting(count)
      .chain((parts) => fc.tuple(...parts.map((s, i) => tensor(s, values[i]))))
      .map((inputs) => ({ op, inputs, ...extra }));
};

/** Operands that differ everywhere: one holds values at even places of a grid, the other at odd ones. */
const extremum = (op: string): Cases =>
  broadcasting(2)
    .chain(([a, b]) => fc.tuple(distinct(a!), distinct(b!)))
    .map(([a, b]) => ({ op, inputs: [a, { ...b, values: b.values.map((v) => v + 0.06) }] }));

const alphaOf = (low: number, high: number) =>
  int(1, 9).map((v) => ({ alpha: new Float(low + ((high - low) * v) / 10) }));

const reduction = (values: Values | "distinct" = {}) => {
  return (op: string): Cases =>
    shapes(1, 4).chain((shape) =>
      fc
        .tuple(
          values === "distinct" ? distinct(shape) : tensor(shape, values),
          fc.subarray(shape.map((_, i) => i)),
          bit,
          fc.boolean(),
        )
        .map(([x, axes, keepdims, negative]) => ({
          op,
          inputs: axes.length > 0 ? [x, fixed(axes.map((a) => (negative ? a - shape.length : a)))] : [x],
          attributes: { keepdims },
        })),
    );
};

const alongAxis = (
  op: string,
  values: Values = {},
  extra: (rank: number) => fc.Arbitrary<Attributes> = () => fc.constant({}),
): Cases =>
  shapes(1, 4).chain((shape) =>
    fc
      .tuple(tensor(shape, values), int(-shape.length, shape.length - 1), extra(shape.length))
      .map(([x, axis, more]) => ({ op, inputs: [x], attributes: { axis, ...more } })),
  );

/** A sliding window over 1 to 3 spatial axes. */
const windows = (rank: fc.Arbitrary<number> = int(1, 3)) =>
  rank.chain((r) => {
    const each = (arb: fc.Arbitrary<number>) => fc.array(arb, { minLength: r, maxLength: r });
    return fc.record({
      kernel: each(int(1, 3)),
      strides: each(int(1, 3)),
      dilations: each(int(1, 2)),
      before: each(bit),
      after: each(bit),
      room: each(int(0, 3)),
    });
  });

const conv: Cases = fc
  .tuple(
    windows(),
    int(1, 2),
    int(1, 2),
    int(1, 2),
    int(1, 2),
    fc.constantFrom("NOTSET", "SAME_UPPER", "SAME_LOWER", "VALID"),
    fc.boolean(),
  )
  .chain(([w, batch, groups, inputs, outputs, auto, biased]) => {
    const spatial = w.kernel.map((k, i) => w.dilations[i]! * (k - 1) + 1 + w.room[i]!);
    const own = auto !== "NOTSET";
    const attributes: Attributes = {
      kernel_shape: w.kernel,
      strides: w.strides,
      group: groups,
      dilations: own ? w.kernel.map(() => 1) : w.dilations,
      ...(own ? { auto_pad: auto } : { pads: [...w.before, ...w.after] }),
    };
    return fc
      .tuple(
        tensor([batch, groups * inputs, ...spatial]),
        tensor([groups * outputs, inputs, ...w.kernel]),
        tensor([groups * outputs]),
      )
      .map(([x, weight, bias]) => ({ op: "Conv", inputs: biased ? [x, weight, bias] : [x, weight], attributes }));
  });

const convTranspose: Cases = fc
  .tuple(
    windows(int(1, 2)),
    int(1, 2),
    int(1, 2),
    int(1, 2),
    int(1, 2),
    fc.array(bit, { minLength: 2, maxLength: 2 }),
    fc.boolean(),
  )
  .chain(([w, batch, groups, inputs, outputs, extra, biased]) => {
    const attributes: Attributes = {
      kernel_shape: w.kernel,
      strides: w.strides,
      dilations: w.dilations,
      group: groups,
      pads: [...w.before, ...w.after].map((p, i) => (w.kernel[i % w.kernel.length]! > 2 ? p : 0)),
      output_padding: w.kernel.map((_, i) => (w.strides[i]! > 1 ? extra[i]! : 0)),
    };
    return fc
      .tuple(
        tensor([batch, groups * inputs, ...w.room.map((r) => r + 1)]),
        tensor([groups * inputs, outputs, ...w.kernel]),
        tensor([groups * outputs]),
      )
      .map(([x, weight, bias]) => ({
        op: "ConvTranspose",
        inputs: biased ? [x, weight, bias] : [x, weight],
        attributes,
      }));
  });

const pool = (values: Values | "distinct", more: fc.Arbitrary<Attributes>) => {
  return (op: string): Cases =>
    fc.tuple(windows(int(1, 2)), int(1, 2), int(1, 2), more).chain(([w, batch, channels, attributes]) => {
      const dilations = op === "MaxPool" ? w.dilations : w.kernel.map(() => 1);
      const spatial = w.kernel.map((k, i) => dilations[i]! * (k - 1) + 1 + w.room[i]!);
      const shape = [batch, channels, ...spatial];
      const pads = [...w.before, ...w.after].map((p, i) => (w.kernel[i % w.kernel.length]! > 1 ? p : 0));
      // The runtime's shape inference counts a last window that lies in the padding alone, its kernel does not.
      const stray = w.kernel.some((k, i) => {
        const room = spatial[i]! + pads[i]! + pads[i + w.kernel.length]! - dilations[i]! * (k - 1) - 1;
        return Math.ceil(room / w.strides[i]!) * w.strides[i]! >= spatial[i]! + pads[i]!;
      });
      return (values === "distinct" ? distinct(shape) : tensor(shape, values)).map((x) => ({
        op,
        inputs: [x],
        attributes: {
          kernel_shape: w.kernel,
          strides: w.strides,
          pads,
          ...(op === "MaxPool" ? { dilations } : {}),
          ...attributes,
          ...(stray && "ceil_mode" in attributes ? { ceil_mode: 0 } : {}),
        },
      }));
    });
};

const image = (
  shape: fc.Arbitrary<Shape> = fc.tuple(int(1, 2), int(1, 3), int(2, 4), int(2, 4)),
  values: Values = {},
) => shape.chain((s) => tensor(s, values));
const globalPool = (op: string): Cases =>
  (op === "GlobalMaxPool" ? shapes(3, 5).chain(distinct) : shapes(3, 5).chain((s) => tensor(s, { kinks: [0] }))).map(
    (x) => ({ op, inputs: [x] }),
  );

const normalized = (op: string, opset = 21): Cases =>
  shapes(2, 4).chain((given) => {
    const shape = [...given.slice(0, -1), given.at(-1)! + 2];
    const from = shape.length - 1;
    const scale = shape.slice(from);
    return fc.tuple(tensor(shape), tensor(scale), tensor(scale), fc.boolean()).map(([x, s, shift, biased]) => ({
      op,
      opset,
      inputs: biased && op === "LayerNormalization" ? [x, s, shift] : [x, s],
      attributes: { axis: -1, epsilon: new Float(0.01) },
    }));
  });

const perChannel = (op: string): Cases =>
  fc
    .tuple(int(1, 2), int(1, 2), int(1, 2), fc.array(int(2, 3), { minLength: 1, maxLength: 2 }))
    .chain(([batch, groups, width, spatial]) => {
      const channels = [groups * width];
      const statistics = op === "BatchNormalization" ? [tensor(channels), tensor(channels, { low: 0.5, high: 2 })] : [];
      return fc
        .tuple(tensor([batch, ...channels, ...spatial]), tensor(channels), tensor(channels), ...statistics)
        .map(([x, scale, bias, mean, variance]) => ({
          op,
          inputs: mean
            ? [
                x,
                scale,
                bias,
                { ...mean, constant: "float32" as const },
                { ...variance!, constant: "float32" as const },
              ]
            : [x, scale, bias],
          attributes: { epsilon: new Float(0.05), ...(op === "GroupNormalization" ? { num_groups: groups } : {}) },
        }));
    });

/** Statistics that vary too: in training they are the batch's. */
const batchNormalization = (op: string): Cases =>
  fc
    .tuple(perChannel(op), fc.boolean())
    .map(([c, varied]) =>
      varied ? { ...c, inputs: c.inputs.map((x) => x && { shape: x.shape, values: x.values }) } : c,
    );

const matMul: Cases = fc
  .tuple(
    shapes(0, 2),
    int(1, 3),
    int(1, 3),
    int(1, 3),
    fc.constantFrom("both", "left", "right", "vectorLeft", "vectorRight"),
  )
  .chain(([batch, rows, inner, columns, form]) => {
    const left = form === "vectorLeft" ? [inner] : form === "right" ? [rows, inner] : [...batch, rows, inner];
    const right = form === "vectorRight" ? [inner] : form === "left" ? [inner, columns] : [...batch, inner, columns];
    return fc.tuple(tensor(left), tensor(right)).map((inputs) => ({ op: "MatMul", inputs }));
  });

/** With transposed batches, the first axis is the matrix's rows, or columns. */
const fusedMatMul: Cases = fc
  .tuple(shapes(0, 2), int(1, 3), int(1, 3), int(1, 3), bit, bit, bit, bit)
  .chain(([batch, m, k, n, transA, transB, batchA, batchB]) => {
    const operand = (rows: number, columns: number, transposed: number, batched: number) => {
      const [first, last] = transposed ? [columns, rows] : [rows, columns];
      return batched && batch.length > 0 ? [first, ...batch, last] : [...batch, first, last];
    };
    return fc.tuple(tensor(operand(m, k, transA, batchA)), tensor(operand(k, n, transB, batchB))).map((inputs) => ({
      op: "FusedMatMul",
      domain: "com.microsoft",
      inputs,
      attributes: {
        transA,
        transB,
        alpha: new Float(0.7),
        ...(batch.length > 0 ? { transBatchA: batchA, transBatchB: batchB } : {}),
      },
    }));
  });

const gemm: Cases = fc
  .tuple(int(1, 3), int(1, 3), int(1, 3), bit, bit, int(0, 4))
  .chain(([m, k, n, transA, transB, form]) => {
    const addend = [undefined, [n], [m, n], [1], [m, 1]][form];
    return fc
      .tuple(tensor(transA ? [k, m] : [m, k]), tensor(transB ? [n, k] : [k, n]), tensor(addend ?? [1]))
      .map(([a, w, c]) => ({
        op: "Gemm",
        inputs: addend ? [a, w, c] : [a, w],
        attributes: { transA, transB, alpha: new Float(0.7), beta: new Float(1.3) },
      }));
  });

const einsum: Cases = fc
  .tuple(
    fc.constantFrom(
      "bhid,bhjd->bhij",
      "ij,jk->ik",
      "ij,jk",
      "i,j->ij",
      "bij->bji",
      "bij->i",
      "ij,ij->",
      "...ij,jk->...ik",
      "bi,bj,ij->b",
      "ij,k->i",
    ),
    fc.array(int(1, 3), { minLength: 8, maxLength: 8 }),
  )
  .chain(([equation, sizes]) => {
    const labels = "bhijkd";
    const shapeOf = (term: string) => [...term.replace("...", "bh")].map((l) => sizes[labels.indexOf(l)]!);
    return fc
      .tuple(
        ...equation
          .split("->")[0]!
          .split(",")
          .map((t) => tensor(shapeOf(t))),
      )
      .map((inputs) => ({ op: "Einsum", inputs, attributes: { equation } }));
  });

const reshape: Cases = shapes(1, 4).chain((s) =>
  tensor(s).map((x) => ({ op: "Reshape", inputs: [x, fixed([-1, s.at(-1)!])] })),
);
const permuted: Cases = shapes(1, 4).chain((s) =>
  fc
    .tuple(
      tensor(s),
      fc.shuffledSubarray(
        s.map((_, i) => i),
        { minLength: s.length },
      ),
    )
    .map(([x, perm]) => ({ op: "Transpose", inputs: [x], attributes: { perm } })),
);
const joined: Cases = fc
  .tuple(shapes(1, 3), fc.array(int(1, 3), { minLength: 1, maxLength: 3 }))
  .chain(([s, lengths]) =>
    int(0, s.length - 1).chain((axis) =>
      fc
        .tuple(...lengths.map((l) => tensor(s.map((d, i) => (i === axis ? l : d)))))
        .map((inputs) => ({ op: "Concat", inputs, attributes: { axis } })),
    ),
  );
const split: Cases = fc
  .tuple(shapes(1, 3), fc.array(int(1, 3), { minLength: 2, maxLength: 3 }), fc.boolean())
  .chain(([s, lengths, silent]) =>
    int(0, s.length - 1).chain((axis) =>
      tensor(s.map((d, i) => (i === axis ? lengths.reduce((a, l) => a + l) : d))).map((x) => ({
        op: "Split",
        inputs: [x, fixed(lengths)],
        attributes: { axis },
        outputs: lengths.length,
        silent: silent ? [lengths.length - 1] : [],
      })),
    ),
  );
const slice: Cases = shapes(1, 3).chain((s) =>
  fc
    .tuple(tensor(s.map((d) => d + 2)), ...s.map((d) => fc.tuple(int(0, d), int(1, 2), fc.boolean())))
    .map(([x, ...cuts]) => {
      const bounds = cuts.map(([start, step, backward], i) =>
        backward ? [s[i]! + 1 - start, -100, -step] : [start, 100, step],
      );
      return {
        op: "Slice",
        inputs: [
          x,
          ...[0, 1].map((k) => fixed(bounds.map((c) => c[k]!))),
          fixed(s.map((_, i) => i)),
          fixed(bounds.map((c) => c[2]!)),
        ],
      };
    }),
);
const pad: Cases = fc
  .tuple(
    shapes(1, 3),
    fc.constantFrom("constant", "reflect", "edge", "wrap"),
    fc.array(int(-1, 2), { minLength: 6, maxLength: 6 }),
  )
  .chain(([s, mode, given]) => {
    const pads = Array.from({ length: 2 * s.length }, (_, i) =>
      mode === "constant" || mode === "wrap" ? given[i]! : Math.max(given[i]!, 0),
    );
    return tensor(s.map((d) => d + 2)).map((x) => ({ op: "Pad", inputs: [x, fixed(pads)], attributes: { mode } }));
  });
const expand: Cases = broadcasting(2).chain(([whole, part]) =>
  tensor(part!).map((x) => ({ op: "Expand", inputs: [x, fixed(whole!)] })),
);
const tile: Cases = shapes(1, 3).chain((s) =>
  fc
    .tuple(tensor(s), fc.array(int(1, 3), { minLength: s.length, maxLength: s.length }))
    .map(([x, repeats]) => ({ op: "Tile", inputs: [x, fixed(repeats)] })),
);
const trilu: Cases = fc
  .tuple(
    shapes(2, 3).chain((s) => tensor(s)),
    bit,
    int(-2, 2),
  )
  .map(([x, upper, k]) => ({ op: "Trilu", inputs: [x, fixed([k], "int64", [])], attributes: { upper } }));

const gather: Cases = fc
  .tuple(shapes(1, 3), shapes(0, 2))
  .chain(([s, taken]) =>
    int(0, s.length - 1).chain((axis) =>
      fc.tuple(tensor(s), indices(taken, s[axis]!)).map((inputs) => ({ op: "Gather", inputs, attributes: { axis } })),
    ),
  );
const reductions = fc.constantFrom("none", "add", "max", "min");
/** No two elements of data and updates are close, so that an extremum has one winner. */
const apart = (x: Operand, updates: Operand): Operand[] => [
  x,
  { ...updates, values: updates.values.map((v) => v + 0.06) },
];
const elements = (op: string): Cases =>
  shapes(1, 3).chain((s) =>
    int(0, s.length - 1).chain((axis) => {
      // Along the axis each index occurs once, so that a Scatter without reduction is defined.
      const repeated = Array.from(
        { length: sizeOf(s) },
        (_, i) => Math.floor(i / sizeOf(s.slice(axis + 1))) % s[axis]!,
      );
      const order = fixed(
        repeated.map((i) => s[axis]! - 1 - i),
        "int64",
        s,
      );
      return fc
        .tuple(distinct(s), distinct(s), indices(s, s[axis]!), op === "Scatter" ? fc.constant("none") : reductions)
        .map(([x, updates, free, reduction]): Case => {
          if (op === "GatherElements") return { op, inputs: [x, free], attributes: { axis } };
          const [data, values] = apart(x, updates);
          const at = reduction === "none" ? order : free;
          return op === "Scatter"
            ? { op, opset: 10, inputs: [data, at, values], attributes: { axis } }
            : { op, inputs: [data, at, values], attributes: { axis, reduction } };
        });
    }),
  );
const scatterND: Cases = fc
  .tuple(int(1, 3), int(1, 3), int(1, 3), reductions)
  .chain(([rows, columns, depth, reduction]) => {
    const at = fixed(Array.from({ length: rows }, (_, i) => [rows - 1 - i, i % columns]).flat(), "int64", [rows, 2]);
    return fc.tuple(distinct([rows, columns, depth]), distinct([rows, depth])).map(([x, updates]) => {
      const [data, values] = apart(x, updates);
      return { op: "ScatterND", inputs: [data, at, values], attributes: { reduction } };
    });
  });
const gatherND: Cases = fc
  .tuple(shapes(3, 4), int(0, 2), int(1, 2), int(1, 3))
  .chain(([shape, batchDims, depth, count]) => {
    const limits = shape.slice(batchDims, batchDims + depth);
    const at = [...shape.slice(0, batchDims), count, limits.length];
    return fc.tuple(tensor(shape), indices(at, 12)).map(([x, free]) => ({
      op: "GatherND",
      inputs: [x, { ...free, values: free.values.map((v, i) => v % limits[i % limits.length]!) }],
      attributes: { batch_dims: batchDims },
    }));
  });
const topK: Cases = shapes(1, 3).chain((s) =>
  int(0, s.length - 1).chain((axis) =>
    fc.tuple(distinct(s), int(1, s[axis]!), bit).map(([x, k, largest]) => ({
      op: "TopK",
      inputs: [x, fixed([k])],
      attributes: { axis, largest },
      outputs: 2,
      silent: [1],
    })),
  ),
);

const coordinates = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "half_pixel_symmetric"];
const resize: Cases = fc
  .tuple(
    image(),
    fc.constantFrom("nearest", "linear", "cubic"),
    fc.constantFrom(...coordinates),
    fc.constantFrom("round_prefer_floor", "round_prefer_ceil", "floor", "ceil"),
    int(1, 7),
    int(1, 7),
    fc.constantFrom("sizes", "scales", "axes"),
    fc.constantFrom<Attributes>({}, { antialias: 1 }, { exclude_outside: 1 }, { antialias: 1, exclude_outside: 1 }),
  )
  .map(([x, mode, how, nearest, height, width, by, more]) => {
    const [n, c] = x.shape as [number, number];
    const scales = fixed([1, 1, 2, 1.5], "float32");
    // The runtime antialiases by half pixels alone.
    const widened = "antialias" in more;
    return {
      op: "Resize",
      inputs: [
        x,
        undefined,
        by === "scales" ? scales : undefined,
        ...(by === "scales" ? [] : [fixed(by === "axes" ? [height, width] : [n, c, height, width])]),
      ],
      attributes: {
        mode,
        coordinate_transformation_mode: widened ? "half_pixel" : how,
        nearest_mode: nearest,
        ...(by === "axes" ? { axes: [2, 3] } : {}),
        ...(mode === "nearest" || (mode === "linear" && !widened) ? {} : more),
      },
    };
  });
const blocks = (op: string): Cases =>
  fc
    .tuple(int(1, 2), int(1, 2), int(1, 3), int(1, 3), int(1, 3), fc.constantFrom("DCR", "CRD"))
    .chain(([n, c, h, w, size, mode]) =>
      tensor(op === "DepthToSpace" ? [n, c * size * size, h, w] : [n, c, h * size, w * size]).map((x) => ({
        op,
        inputs: [x],
        attributes: { blocksize: size, ...(op === "DepthToSpace" ? { mode } : {}) },
      })),
    );

const fusedGemm: Cases = fc
  .tuple(
    gemm,
    fc.constantFrom<Attributes>(
      { activation: "Tanh" },
      { activation: "Sigmoid" },
      // Far from its kinks at −20 and 20.
      { activation: "HardSigmoid", activation_alpha: new Float(0.025), activation_beta: new Float(0.5) },
    ),
  )
  .map(([c, activation]) => ({
    ...c,
    op: "FusedGemm",
    domain: microsoft,
    attributes: { ...c.attributes, ...activation },
  }));

/** If with a known condition: the branch squares the captured value, the other negates it. */
const branch: Cases = fc
  .tuple(
    shapes(1, 3).chain((s) => tensor(s)),
    bit,
  )
  .map(([x, condition]) => {
    const graph = (op: string, inputs: string[]): Graph => ({
      name: op,
      inputs: [],
      outputs: [{ name: "inner", type: { dtype: "float32", shape: x.shape } }],
      nodes: [{ name: "inner", opType: op, domain: "", inputs, outputs: ["inner"], attributes: {} }],
      initializers: new Map(),
    });
    return {
      op: "If",
      inputs: [fixed([condition], "bool", [])],
      captured: [x],
      attributes: { then_branch: graph("Mul", ["x1", "x1"]), else_branch: graph("Neg", ["x1"]) },
    };
  });

const gridSample: Cases = fc
  .tuple(image(), int(1, 3), int(1, 3), bit, fc.constantFrom("zeros", "border"))
  .chain(([x, rows, columns, align, padding]) => {
    const [n, , h, w] = x.shape as [number, number, number, number];
    // Points a third of the way between pixels: no kink near.
    const pixels = fc.array(fc.tuple(int(0, w - 2), int(0, h - 2)), {
      minLength: n * rows * columns,
      maxLength: n * rows * columns,
    });
    const unit = (p: number, size: number) => (align ? (2 * p) / (size - 1) - 1 : (2 * p + 1) / size - 1);
    return pixels.map((at) => ({
      op: "GridSample",
      inputs: [
        x,
        { shape: [n, rows, columns, 2], values: at.flatMap(([px, py]) => [unit(px + 0.4, w), unit(py + 0.4, h)]) },
      ],
      attributes: { align_corners: align, padding_mode: padding, mode: "linear" },
    }));
  });

const gateCount: Readonly<Record<string, number>> = { LSTM: 4, GRU: 3, RNN: 1 };
const recurrent = (op: string): Cases =>
  fc
    .record({
      sizes: fc.tuple(int(1, 4), int(1, 2), int(1, 3), int(1, 2)),
      direction: fc.constantFrom("forward", "reverse", "bidirectional"),
      optional: fc.tuple(fc.boolean(), fc.boolean(), fc.boolean()),
      more: fc.constantFrom<Attributes>(
        {},
        ...(op === "GRU" ? [{ linear_before_reset: 1 }] : op === "RNN" ? [{ activations: ["Sigmoid"] }] : []),
      ),
      silent: fc.subarray(op === "LSTM" ? [0, 1, 2] : [0, 1], { maxLength: 1 }),
    })
    .chain(({ sizes: [steps, batch, inputs, size], direction, optional: [biased, started, own], more, silent }) => {
      const ways = direction === "bidirectional" ? 2 : 1;
      const rows = gateCount[op]! * size;
      const start = tensor([ways, batch, size]);
      const lengths = own
        ? fixed(
            Array.from({ length: batch }, (_, n) => Math.max(1, steps - n)),
            "int32",
          )
        : undefined;
      return fc
        .tuple(
          tensor([steps, batch, inputs]),
          tensor([ways, rows, inputs]),
          tensor([ways, rows, size]),
          tensor([ways, 2 * rows]),
          start,
          start,
        )
        .map(([x, w, r, bias, h, c]) => ({
          op,
          inputs: [x, w, r, biased ? bias : undefined, lengths, ...(started ? [h, ...(op === "LSTM" ? [c] : [])] : [])],
          attributes: {
            hidden_size: size,
            direction,
            ...more,
            ...("activations" in more && ways === 2 ? { activations: ["Sigmoid", "Tanh"] } : {}),
          },
          outputs: op === "LSTM" ? 3 : 2,
          silent,
        }));
    });

// The runtime's own is wrong along a single axis with dilation.
const col2Im: Cases = windows(fc.constant(2)).chain((w) => {
  const size = w.kernel.map((k, i) => w.dilations[i]! * (k - 1) + 1 + w.room[i]!);
  const pads = [...w.before, ...w.after];
  const counts = size.map((d, i) => {
    const room = d + pads[i]! + pads[i + size.length]! - w.dilations[i]! * (w.kernel[i]! - 1) - 1;
    return Math.floor(room / w.strides[i]!) + 1;
  });
  return tensor([2, 2 * sizeOf(w.kernel), sizeOf(counts)]).map((x) => ({
    op: "Col2Im",
    inputs: [x, fixed(size), fixed(w.kernel)],
    attributes: { strides: w.strides, dilations: w.dilations, pads },
  }));
});
const affineGrid: Cases = fc
  .tuple(int(1, 2), fc.array(int(2, 4), { minLength: 2, maxLength: 3 }), bit)
  .chain(([n, sizes, align]) =>
    tensor([n, sizes.length, sizes.length + 1]).map((theta) => ({
      op: "AffineGrid",
      inputs: [theta, fixed([n, 1, ...sizes])],
      attributes: { align_corners: align },
    })),
  );

/** Losses over logits [n, k, …], with class weights and targets to be ignored. */
const loss = (op: string): Cases =>
  fc
    .record({
      shape: fc.tuple(int(1, 3), int(2, 4), shapes(0, 2)),
      reduction: fc.constantFrom("none", "sum", "mean"),
      weighted: fc.boolean(),
      ignore: fc.constantFrom<Attributes>({}, { ignore_index: -1 }, { ignore_index: 0 }),
    })
    .chain(({ shape: [n, classes, spatial], reduction, weighted, ignore }) =>
      fc
        .tuple(tensor([n, classes, ...spatial]), indices([n, ...spatial], classes), tensor([classes], positive))
        .map(([x, labels, weights]) => {
          // The first counts, so that a mean is defined; the second is ignored where -1 is.
          const values = labels.values.map((v, i) => (i === 0 ? 1 : i === 1 && ignore["ignore_index"] === -1 ? -1 : v));
          return {
            op,
            inputs: [x, { ...labels, values }, ...(weighted ? [{ ...weights, constant: "float32" as const }] : [])],
            attributes: { reduction, ...ignore },
            outputs: op === "SoftmaxCrossEntropyLoss" ? 2 : 1,
          };
        }),
    );

const modernAttention: Cases = fc
  .record({
    sizes: fc.tuple(int(1, 2), int(1, 3), int(1, 3), int(1, 2), int(1, 2), int(1, 3)),
    flat: fc.boolean(),
    causal: bit,
    mask: fc.constantFrom("none", "added", "boolean"),
    cap: fc.constantFrom(0, 1.5),
  })
  .chain(({ sizes: [n, queries, keys, keyHeads, group, width], flat: flattened, causal, mask, cap }) => {
    const heads = keyHeads * group;
    const shape = (length: number, count: number) =>
      flattened ? [n, length, count * width] : [n, count, length, width];
    const seen = Array.from({ length: queries * keys }, (_, i) => Number(i % keys === 0 || i % 3 !== 1));
    return fc
      .tuple(
        tensor(shape(queries, heads)),
        tensor(shape(keys, keyHeads)),
        tensor(shape(keys, keyHeads)),
        tensor([queries, keys]),
      )
      .map(([q, k, v, added]) => ({
        op: "Attention",
        opset: 23,
        inputs: [
          q,
          k,
          v,
          ...(mask === "none" ? [] : [mask === "added" ? added : fixed(seen, "bool", [queries, keys])]),
        ],
        attributes: {
          is_causal: causal,
          softcap: new Float(cap),
          ...(flattened ? { q_num_heads: heads, kv_num_heads: keyHeads } : {}),
        },
      }));
  });
const rotary: Cases = fc
  .tuple(int(1, 2), int(1, 3), int(1, 2), int(1, 2), bit, fc.boolean(), fc.boolean(), fc.boolean())
  .chain(([n, length, heads, half, interleaved, flattened, byPosition, partial]) => {
    const width = 2 * half + (partial ? 2 : 0);
    const table = tensor(byPosition ? [5, half] : [n, length, half]);
    return fc
      .tuple(
        tensor(flattened ? [n, length, heads * width] : [n, heads, length, width]),
        table,
        table,
        indices([n, length], 5),
      )
      .map(([x, cos, sin, positions]) => ({
        op: "RotaryEmbedding",
        opset: 23,
        inputs: byPosition ? [x, cos, sin, positions] : [x, cos, sin],
        attributes: {
          interleaved,
          ...(flattened ? { num_heads: heads } : {}),
          ...(partial ? { rotary_embedding_dim: 2 * half } : {}),
        },
      }));
  });

/** A value cut into a sequence, some of it joined with another one, times the number of parts. */
const sequences = (op: string): Cases =>
  fc.tuple(int(1, 3), int(1, 2), bit).chain(([rows, columns, stacks]) =>
    fc.tuple(tensor([2 * rows, columns]), tensor([rows, columns])).map(([x, other]) => ({
      op,
      inputs: [x, other, fixed([rows], "int64", []), fixed([-1], "int64", []), fixed([0], "int64", [])],
      nodes: [
        node("SplitToSequence", "x0 x2", "halves", { axis: 0 }),
        node("SequenceAt", "halves x3", "last"),
        node("SequenceEmpty", "", "none"),
        node("SequenceInsert", "none x1", "one"),
        node("SequenceInsert", "one last x4", "two"),
        node("SequenceLength", "two", "count"),
        node("SequenceAt", "two x4", "first"),
        node("SequenceConstruct", "first x1 first", "three"),
        node("ConcatFromSequence", "three", "joined", { axis: 1, new_axis: stacks }),
        node("Cast", "count", "factor", { to: protoOf("float32") }),
        node("Mul", "joined factor", "y0"),
      ],
    })),
  );

const reversed: Cases = fc.tuple(int(1, 4), int(1, 3), int(1, 2), bit).chain(([steps, batch, width, batchAxis]) =>
  fc
    .tuple(tensor(batchAxis ? [steps, batch, width] : [batch, steps, width]), indices([batch], steps))
    .map(([x, lengths]) => ({
      op: "ReverseSequence",
      inputs: [x, { ...lengths, values: lengths.values.map((l) => l + 1) }],
      attributes: { batch_axis: batchAxis, time_axis: 1 - batchAxis },
    })),
);

const rows = fc.tuple(int(1, 2), int(1, 3), int(2, 4));
const biased = (op: string): Cases =>
  rows.chain((s) => fc.tuple(tensor(s), tensor([s[2]])).map((inputs) => ({ op, domain: microsoft, inputs })));
const skip = (op: string): Cases =>
  rows.chain((s) =>
    fc
      .tuple(tensor(s), tensor(s), tensor([s[2]]), tensor([s[2]]), tensor([s[2]]), fc.boolean())
      .map(([x, y, scale, shift, bias, has]) => ({
        op,
        domain: microsoft,
        inputs: [x, y, scale, ...(op === "SkipLayerNormalization" ? [shift] : []), ...(has ? [bias] : [])],
        attributes: { epsilon: new Float(0.01) },
      })),
  );
const attention: Cases = fc
  .tuple(int(1, 2), int(1, 3), int(1, 2), int(1, 2), fc.constantFrom("none", "lengths", "keys", "each"), bit)
  .chain(([n, length, heads, width, masked, unidirectional]) => {
    const hidden = heads * width;
    const shape = masked === "lengths" ? [n] : masked === "keys" ? [n, length] : [n, length, length];
    const seen = Array.from({ length: sizeOf(shape) }, (_, i) =>
      masked === "lengths" ? Math.max(1, length - i) : Number(i % length === 0 || i % 3 !== 1),
    );
    return fc
      .tuple(tensor([n, length, hidden]), tensor([hidden, 3 * hidden], { low: -1, high: 1 }), tensor([3 * hidden]))
      .map((inputs) => ({
        op: "Attention",
        domain: microsoft,
        inputs: masked === "none" ? inputs : [...inputs, fixed(seen, "int32", shape)],
        attributes: { num_heads: heads, unidirectional },
      }));
  });
const multiHead: Cases = fc
  .tuple(int(1, 2), int(1, 3), int(1, 3), int(1, 2), int(1, 2), fc.boolean())
  .chain(([n, length, other, heads, width, has]) => {
    const hidden = heads * width;
    return fc
      .tuple(tensor([n, length, hidden]), tensor([n, other, hidden]), tensor([n, other, hidden]), tensor([3 * hidden]))
      .map(([q, k, v, bias]) => ({
        op: "MultiHeadAttention",
        domain: microsoft,
        inputs: has ? [q, k, v, bias] : [q, k, v],
        attributes: { num_heads: heads },
      }));
  });
const embed: Cases = fc.tuple(int(1, 2), int(1, 3), int(2, 4)).chain(([n, length, width]) => {
  const ids = fixed(
    Array.from({ length: n * length }, (_, i) => i % 5),
    "int32",
    [n, length],
  );
  const segments = fixed(
    Array.from({ length: n * length }, (_, i) => i % 2),
    "int32",
    [n, length],
  );
  return fc
    .tuple(tensor([5, width]), tensor([4, width]), tensor([2, width]), tensor([width]), tensor([width]))
    .map((tables) => ({
      op: "EmbedLayerNormalization",
      domain: microsoft,
      inputs: [ids, segments, ...tables],
      attributes: { epsilon: new Float(0.01) },
      outputs: 2,
      silent: [1],
    }));
});
const fusedConv: Cases = fc
  .tuple(
    conv.filter((c) => c.inputs[0]!.shape.length === 4),
    fc.constantFrom("Sigmoid", "Tanh"),
  )
  .map(([c, activation]) => ({
    ...c,
    op: "FusedConv",
    domain: microsoft,
    attributes: { ...c.attributes, activation },
  }));

const flat = unary({ kinks: [-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2] });
const corner: Values = { kinks: [0] };
const float = (name: string, low: number, high: number) =>
  int(0, 10).map((v): Attributes => ({ [name]: new Float(low + ((high - low) * v) / 10) }));

const makers: Readonly<Record<string, (op: string) => Cases>> = {
  Abs: unary(corner),
  Acos: unary({ low: -0.8, high: 0.8 }),
  Acosh: unary({ low: 1.3, high: 3 }),
  Add: elementwise(2),
  AffineGrid: () => affineGrid,
  Asin: unary({ low: -0.8, high: 0.8 }),
  Asinh: unary(),
  Atan: unary(),
  Atanh: unary({ low: -0.8, high: 0.8 }),
  Attention: () => modernAttention,
  AveragePool: pool({}, fc.record({ count_include_pad: bit, ceil_mode: bit })),
  BatchNormalization: batchNormalization,
  Cast: unary({}, fc.constant({ to: protoOf("float64") })),
  CastLike: (op) =>
    shapes()
      .chain((s) => tensor(s))
      .map((x) => ({ op, inputs: [x, fixed([1], "float32")] })),
  Ceil: flat,
  Celu: unary(corner, alphaOf(0.5, 2)),
  Clip: (op) =>
    fc
      .tuple(shapes(), fc.constantFrom([-1, 0.5], [0, 6]))
      .chain(([s, kinks]) => fc.tuple(tensor(s, { kinks, low: -2, high: 9 }), fc.constant(kinks)))
      .chain(([x, kinks]) => {
        const [low, high] = kinks.map((v): Operand => ({ shape: [], values: [v] })) as [Operand, Operand];
        const still = (bound: Operand): Operand => ({ ...bound, constant: "float32" });
        return fc
          .constantFrom([low, high], [still(low), still(high)], [undefined, high], [low])
          .map((bounds) => ({ op, inputs: [x, ...bounds] }));
      }),
  Col2Im: () => col2Im,
  Concat: () => joined,
  ConcatFromSequence: sequences,
  Constant: () => fc.constant({ op: "Identity", inputs: [{ shape: [1], values: [1] }] }),
  Conv: () => conv,
  ConvTranspose: () => convTranspose,
  Cos: unary(),
  Cosh: unary(),
  CumSum: (op) =>
    shapes(1, 3).chain((s) =>
      fc.tuple(tensor(s), int(-s.length, s.length - 1), bit, bit).map(([x, axis, reverse, exclusive]) => ({
        op,
        inputs: [x, fixed([axis], "int64", [])],
        attributes: { reverse, exclusive },
      })),
    ),
  DepthToSpace: blocks,
  Div: elementwise(2, [{}, { low: 0.5, high: 2 }]),
  Dropout: unary(),
  Einsum: () => einsum,
  Elu: unary(corner, alphaOf(0.5, 2)),
  Erf: unary(),
  Exp: unary(),
  Expand: () => expand,
  Flatten: (op) =>
    shapes(1, 4).chain((s) =>
      fc.tuple(tensor(s), int(0, s.length)).map(([x, axis]) => ({ op, inputs: [x], attributes: { axis } })),
    ),
  Floor: flat,
  Gather: () => gather,
  GatherElements: elements,
  GatherND: () => gatherND,
  Gelu: unary({}, fc.constantFrom<Attributes>({}, { approximate: "tanh" })),
  Gemm: () => gemm,
  GRU: recurrent,
  GlobalAveragePool: globalPool,
  GlobalLpPool: globalPool,
  GlobalMaxPool: globalPool,
  GridSample: () => gridSample,
  GroupNormalization: perChannel,
  HardSigmoid: unary({ kinks: [-1.25, 0, 0.75] }, fc.constant({ alpha: new Float(0.5), beta: new Float(0.625) })),
  HardSwish: unary({ low: -5, high: 5, kinks: [-3, 3] }),
  Identity: unary(),
  If: () => branch,
  InstanceNormalization: perChannel,
  LSTM: recurrent,
  LRN: (op) =>
    image(fc.tuple(int(1, 2), int(1, 5), int(1, 3), int(1, 3))).chain((x) =>
      fc.constantFrom(1, 3, 5).map((size) => ({
        op,
        inputs: [x],
        attributes: { size, alpha: new Float(0.5), beta: new Float(0.75), bias: new Float(1) },
      })),
    ),
  LayerNormalization: (op) => normalized(op),
  LeakyRelu: unary(corner, alphaOf(0, 1)),
  Log: unary(positive),
  LogSoftmax: (op) => alongAxis(op),
  LpNormalization: (op) => alongAxis(op, { low: 0.3, high: 2 }, () => int(1, 2).map((p) => ({ p }))),
  LpPool: pool(
    { low: 0.3, high: 2 },
    int(1, 3).map((p) => ({ p })),
  ),
  MatMul: () => matMul,
  Max: extremum,
  MaxPool: pool("distinct", fc.record({ ceil_mode: bit })),
  Mean: elementwise(3),
  MeanVarianceNormalization: (op) =>
    image(fc.tuple(int(2, 3), int(1, 3), int(2, 3), int(2, 3))).map((x) => ({ op, inputs: [x] })),
  Min: extremum,
  Mish: unary(),
  Mod: (op) =>
    elementwise(
      2,
      [
        { low: 0.75, high: 0.85 },
        { low: 0.5, high: 0.58 },
      ],
      { attributes: { fmod: 1 } },
    )(op),
  Mul: elementwise(2),
  NegativeLogLikelihoodLoss: loss,
  Neg: unary(),
  PRelu: (op) =>
    shapes(2, 3).chain((s) => fc.tuple(tensor(s, corner), tensor([s.at(-1)!])).map((inputs) => ({ op, inputs }))),
  Pad: () => pad,
  Pow: (op) =>
    fc.oneof(
      elementwise(2, [positive, {}])(op),
      shapes(1, 3).chain((s) => tensor(s).map((x) => ({ op, inputs: [x, fixed([2], "float32", [])] }))),
    ),
  RNN: recurrent,
  RMSNormalization: (op) => normalized(op, 23),
  Reciprocal: unary(positive),
  ReduceL1: reduction(corner),
  ReduceL2: reduction(positive),
  ReduceLogSum: reduction(positive),
  ReduceLogSumExp: reduction(),
  ReduceMax: reduction("distinct"),
  ReduceMean: reduction(),
  ReduceMin: reduction("distinct"),
  ReduceProd: reduction({ low: -1.3, high: 1.3 }),
  ReduceSum: reduction(),
  ReduceSumSquare: reduction(),
  Relu: unary(corner),
  Reshape: () => reshape,
  Resize: () => resize,
  ReverseSequence: () => reversed,
  RotaryEmbedding: () => rotary,
  Round: flat,
  Scatter: elements,
  ScatterElements: elements,
  ScatterND: () => scatterND,
  Selu: unary(corner),
  SequenceAt: sequences,
  SequenceConstruct: sequences,
  SequenceEmpty: sequences,
  SequenceInsert: sequences,
  SequenceLength: sequences,
  Shrink: unary({ kinks: [-0.5, 0.5] }, float("bias", 0, 1)),
  Sigmoid: unary(),
  Sign: unary(corner),
  SimplifiedLayerNormalization: (op) => normalized(op),
  Sin: unary(),
  Sinh: unary(),
  Slice: () => slice,
  Softmax: (op) => alongAxis(op),
  SoftmaxCrossEntropyLoss: loss,
  Softplus: unary(),
  Softsign: unary(corner),
  SpaceToDepth: blocks,
  Split: () => split,
  SplitToSequence: sequences,
  Sqrt: unary(positive),
  Squeeze: (op) =>
    shapes(1, 3)
      .chain((s) => tensor([1, ...s, 1]))
      .map((x) => ({ op, inputs: [x, fixed([0, -1])] })),
  Sub: elementwise(2),
  Sum: elementwise(3),
  Swish: unary({}, alphaOf(0.5, 2), { opset: 24 }),
  Tan: unary({ low: -1.2, high: 1.2 }),
  Tanh: unary(),
  ThresholdedRelu: unary({ kinks: [0.5] }, fc.constant({ alpha: new Float(0.5) })),
  Tile: () => tile,
  TopK: () => topK,
  Transpose: () => permuted,
  Trilu: () => trilu,
  Unsqueeze: (op) =>
    shapes(1, 3)
      .chain((s) => tensor(s))
      .map((x) => ({ op, inputs: [x, fixed([0, -1])] })),
  Upsample: (op) =>
    image().map((x) => ({
      op,
      opset: 9,
      inputs: [x, fixed([1, 1, 2, 2], "float32")],
      attributes: { mode: "nearest" },
    })),
  Where: (op) =>
    broadcasting(2).chain(([a, b]) =>
      fc.tuple(tensor(a!), tensor(b!)).map(([x, y]) => ({
        op,
        inputs: [
          fixed(
            x.values.map((v) => Number(v > 0)),
            "bool",
            x.shape,
          ),
          x,
          y,
        ],
      })),
    ),
  "com.microsoft.Attention": () => attention,
  "com.microsoft.BiasGelu": () => biased("BiasGelu"),
  "com.microsoft.EmbedLayerNormalization": () => embed,
  "com.microsoft.FastGelu": () => biased("FastGelu"),
  "com.microsoft.FusedConv": () => fusedConv,
  "com.microsoft.FusedGemm": () => fusedGemm,
  "com.microsoft.FusedMatMul": () => fusedMatMul,
  "com.microsoft.Gelu": () => unary({}, undefined, { domain: microsoft })("Gelu"),
  "com.microsoft.MultiHeadAttention": () => multiHead,
  "com.microsoft.QuickGelu": () => unary({}, alphaOf(1, 2), { domain: microsoft })("QuickGelu"),
  "com.microsoft.SkipLayerNormalization": () => skip("SkipLayerNormalization"),
  "com.microsoft.SkipSimplifiedLayerNormalization": () => skip("SkipSimplifiedLayerNormalization"),
};

/** Random cases of every operator, by its name in the table of supported operators. */
export const cases: Readonly<Record<string, Cases>> = Object.fromEntries(
  Object.entries(makers).map(([op, make]) => [op, make(op)]),
);

import { float32, type GraphBuilder } from "@taskhead/autograd";

/** In places. */
interface Size {
  readonly height: number;
  readonly width: number;
}

/**
 * Maps [batch, k, h, w] of another size, as ONNX's Resize makes them (linear, half_pixel): M_h x M_wᵀ, a matrix product for
 * each axis whose size changes.
 */
export function linearlyResized(b: GraphBuilder, x: string, from: Size, to: Size): string {
  const wide = from.width === to.width ? x : b.op("MatMul", [x, columns(b, from.width, to.width)]);
  return from.height === to.height ? wide : b.op("MatMul", [rows(b, from.height, to.height), wide]);
}

function rows(b: GraphBuilder, size: number, length: number): string {
  return b.constant(float32(linearMatrix(size, length), [length, size]));
}

function columns(b: GraphBuilder, size: number, length: number): string {
  return b.constant(float32(transposed(linearMatrix(size, length), size), [size, length]));
}

/**
 * What each of `length` places takes from each of `size`, [length, size]: ONNX's Resize, linear, half_pixel. Place i lies at
 * (i + ½)·size/length − ½; beyond the outer centres it is the outer value.
 */
export function linearMatrix(size: number, length: number): Float32Array {
  const matrix = new Float32Array(length * size);
  for (let i = 0; i < length; i++) {
    const at = Math.min(Math.max(((i + 0.5) * size) / length - 0.5, 0), size - 1);
    const below = Math.min(Math.floor(at), size - 1);
    const share = at - below;
    matrix[i * size + below]! += 1 - share;
    if (share > 0) matrix[i * size + below + 1]! += share;
  }
  return matrix;
}

function transposed(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns;
  return matrix.map((_, at) => matrix[(at % rows) * columns + Math.floor(at / rows)]!);
}

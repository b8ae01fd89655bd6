/** IEEE halves by their bits, rounded to the nearest, ties to even; beyond their range infinity. */
export function halvesOf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, half);
}

/** @param single the bits of a float32 */
function half(single: number): number {
  const sign = (single >>> 16) & 0x8000;
  const exponent = ((single >>> 23) & 255) - 127;
  const fraction = single & 0x7fffff;
  if (exponent === 128) return sign | 0x7c00 | (fraction ? 0x200 : 0);
  // A carry out of the fraction raises the exponent, as it should.
  if (exponent >= -14) return exponent > 15 ? sign | 0x7c00 : sign | (((exponent + 15) << 10) + rounded(fraction, 13));
  // Below 2⁻¹⁴ the leading one is written out.
  return exponent < -25 ? sign : sign | rounded(fraction | 0x800000, -exponent - 1);
}

/** bits / 2^shift, to the nearest, ties to even. */
function rounded(bits: number, shift: number): number {
  const kept = bits >>> shift;
  const rest = bits - kept * 2 ** shift;
  const middle = 2 ** (shift - 1);
  return kept + (rest > middle || (rest === middle && kept % 2 === 1) ? 1 : 0);
}

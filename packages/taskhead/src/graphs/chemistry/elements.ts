/**
 * What RDKit's periodic table says of the elements, by atomic number from 0 (`*`) to 118: outer electrons, and the usual
 * valence (-1: any).
 * @see https://github.com/rdkit/rdkit/blob/Release_2026_09_1/Code/GraphMol/atomic_data.cpp
 */

const listed = (periods: readonly string[]): readonly number[] => periods.join(" ").split(" ").map(Number);

const times = (count: number, value: number): string => Array.from({ length: count }, () => value).join(" ");

export const outerElectrons = listed([
  "0 1 2",
  "1 2 3 4 5 6 7 8",
  "1 2 3 4 5 6 7 8",
  "1 2 3 4 5 6 7 8 9 10 11 2 3 4 5 6 7 8",
  "1 2 3 4 5 6 7 8 9 10 11 2 3 4 5 6 7 8",
  "1 2 3 4 3 4 5 6 7 8 9 10 11 12 13 14 15 4 5 6 7 8 9 10 11 2 3 4 5 6 7 8",
  "1 2 3 4 3 4 5 6 7 8 9 10 11 12 13 14 15",
  times(15, 2),
]);

export const usualValences = listed([
  "-1 1 0",
  "1 2 3 4 3 2 1 0",
  "1 2 3 4 3 2 1 0",
  `1 2 ${times(10, -1)} 3 4 3 2 1 0`,
  `1 2 ${times(10, -1)} 3 2 3 2 1 0`,
  `1 2 ${times(25, -1)} 2 3 2 1 0`,
  `1 2 ${times(30, -1)}`,
]);

/** The row of the periodic table. */
export function periodOf(z: number): number {
  return [2, 10, 18, 36, 54, 86].filter((last) => z > last).length + 1;
}

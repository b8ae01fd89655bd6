/** Of many files, rows, or classes, only the first are told. */
export const mostTold = 5;

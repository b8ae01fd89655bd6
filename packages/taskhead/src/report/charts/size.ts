/** Of a plot, in pixels: near the width of a phone's page, so that text keeps its size there. */
export const WIDTH = 420;
export const HEIGHT = 290;

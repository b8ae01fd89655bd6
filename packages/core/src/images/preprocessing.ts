/** In pixels. */
export interface Size {
  height: number;
  width: number;
}

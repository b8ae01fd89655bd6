import { shown } from "./shown.js";

/** @throws {Error} unless it is a whole number from `least` on */
export function requireWhole(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name} wants a whole number of at least ${least}, not ${shown(value)}`);
}

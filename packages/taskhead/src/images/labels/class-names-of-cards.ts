import type { DataCard } from "../../data/sets/data-card.js";
import { UserError } from "../../files/errors.js";

/** Names of classes by column, and what is to be known of them, a line each. */
export interface NamesOfCards {
  classNames: ReadonlyMap<string, readonly string[]>;
  notes: string[];
}

/**
 * What the numbers of classes stand for, as the first data card says it that names any. One that cannot be followed is told, and
 * its names are not used.
 * @param cards read them, in their order
 */
export async function classNamesOfCards(cards: Iterable<() => Promise<DataCard | undefined>>): Promise<NamesOfCards> {
  for (const read of cards)
    try {
      const card = await read();
      if (card && card.classNames.size > 0) return { classNames: card.classNames, notes: [] };
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      return { classNames: new Map(), notes: [`names of classes are not taken from the data card: ${error.message}`] };
    }
  return { classNames: new Map(), notes: [] };
}

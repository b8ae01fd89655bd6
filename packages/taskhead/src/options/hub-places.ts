import { isHubAddress, type HubKind } from "../files/hub-address.js";

/** The options that name data or models, and may name the hub's. */
export const hubPlaces = {
  train: "dataset",
  val: "dataset",
  test: "dataset",
  ood: "dataset",
  backbone: "model",
  side: "model",
} as const satisfies Readonly<Record<string, HubKind>>;

export type HubPlace = keyof typeof hubPlaces;

/** Whether any of the options names something on the hub, which is to be fetched before anything is known of it. */
export function namesHub(given: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(hubPlaces).some((name) =>
    [given[name]].flat().some((one) => typeof one === "string" && isHubAddress(one)),
  );
}

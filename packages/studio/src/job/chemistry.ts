import { Caller, type Called } from "./calls.js";
import type { ChemistryJobs } from "./chemistry-jobs.js";

/** What RDKit is asked, in a worker of its own; it is fetched with the first question. */
export const chemistry = new Caller<ChemistryJobs>(
  () => new Worker(new URL("../chemistry-worker.ts", import.meta.url), { type: "module" }) as Called,
);

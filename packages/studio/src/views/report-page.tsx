import { useEffect, useState } from "preact/hooks";
import type { TuneResults } from "@taskhead/core";
import type { Pictures, SweepResults } from "taskhead/report";
import type { OpenedRun } from "../data/run-folder.js";
import { LeavingButton } from "./leaving-button.js";
import { Spoken } from "./spoken.js";
import { Fault } from "./step.js";

/** The page of a run or a sweep, as the command line writes it; null while it is made, or why it cannot be. */
export function useReport(
  results: TuneResults | SweepResults,
  pictures: Pictures | null,
): { page: string | null; fault: string | null } {
  const [made, setMade] = useState<{ page: string | null; fault: string | null }>({ page: null, fault: null });
  useEffect(() => {
    // Its charts are half of all that the page loads.
    void import("taskhead/report").then(({ renderReport, sweepPage }) => {
      try {
        const page = "rungs" in results ? sweepPage(results, pictures) : renderReport(results, pictures);
        setMade({ page, fault: null });
      } catch {
        const version = results.taskheadVersion ?? "another version";
        setMade({ page: null, fault: `The results are of ${version} of taskhead, and lack what this report shows.` });
      }
    });
  }, [results, pictures]);
  return made;
}

interface RunReportProps {
  readonly run: OpenedRun;
  onClose(): void;
}

/** The folder of a run or a sweep, opened as its report. */
export function RunReport({ run, onClose }: RunReportProps) {
  const { page, fault } = useReport(run.results, run.pictures);
  return (
    <section class="step" aria-labelledby="run">
      <h2 id="run">Report of {run.name}</h2>
      <p class="choices">
        <LeavingButton back={1} onClick={onClose}>
          Close it
        </LeavingButton>
      </p>
      <Spoken text={`The report of ${run.name} is open.`} />
      <Fault id="fault-run" text={fault} />
      {page === null ? null : <iframe class="report" title={`report of ${run.name}`} sandbox="" srcDoc={page} />}
    </section>
  );
}

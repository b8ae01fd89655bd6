import { useEffect, useState } from "preact/hooks";
import type { TuneResults } from "@taskhead/core";
import type { Pictures } from "taskhead/report";
import type { OpenedRun } from "../data/run-folder.js";

/** The page of a run, as the command line writes it; null while it is made, or why it cannot be. */
export function useReport(
  results: TuneResults,
  pictures: Pictures | null,
): { page: string | null; fault: string | null } {
  const [made, setMade] = useState<{ page: string | null; fault: string | null }>({ page: null, fault: null });
  useEffect(() => {
    // Its charts are half of all that the page loads.
    void import("taskhead/report").then(({ renderReport }) => {
      try {
        setMade({ page: renderReport(results, pictures), fault: null });
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

/** A run's folder, opened as its report. */
export function RunReport({ run, onClose }: RunReportProps) {
  const { page, fault } = useReport(run.results, run.pictures);
  return (
    <section class="step" aria-labelledby="run">
      <h2 id="run">Report of {run.name}</h2>
      <p class="choices">
        <button type="button" onClick={onClose}>
          Close it
        </button>
      </p>
      <p role="alert" class="fault" hidden={fault === null}>
        {fault}
      </p>
      {page === null ? null : <iframe class="report" title={`report of ${run.name}`} sandbox="" srcDoc={page} />}
    </section>
  );
}

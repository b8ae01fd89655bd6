import { useState } from "preact/hooks";
import type { Caller } from "../job/calls.js";
import type { Jobs } from "../job/jobs.js";
import type { Finished } from "../job/told.js";
import type { Kind } from "../job/project.js";
import { isAccuracy } from "@taskhead/core/internals";
import { formatScore } from "taskhead/inputs";
import { distance, epochs } from "./format.js";
import { useReport } from "./report-page.js";
import { Spoken } from "./spoken.js";
import { Fault } from "./step.js";
import { saidOfBest } from "./tell.js";
import { TryText } from "./try-text.js";
import { Try } from "./try-step.js";
import { sentence } from "./words.js";

interface OutcomeProps {
  readonly finished: Finished;
  readonly kind: Kind;
  readonly caller: Caller<Jobs>;
}

const noneEnded = "No run came to an end; lower the number of epochs, or take another backbone.";

/** What fine-tuning came to: the table, the model to try and to take along, and the report. */
export function Outcome({ finished: { results, pictures }, kind, caller }: OutcomeProps) {
  const { best, rows, metric } = results;
  const said = saidOfBest(results, kind);
  // Accuracy says what it is by its sign.
  const unit = isAccuracy(metric) ? "" : `, ${metric.name}`;
  const [fault, setFault] = useState<string | null>(null);
  const { page: report, fault: unreadable } = useReport(results, pictures);
  const download = async (): Promise<void> => {
    try {
      save(new Blob([(await caller.call("download", null as never)) as Uint8Array<ArrayBuffer>]), "model.zip");
    } catch (error) {
      setFault(sentence(`There is no download: ${(error as Error).message}`));
    }
  };
  return (
    <>
      {said === null ? (
        <p class="headline">{noneEnded}</p>
      ) : (
        <p class="headline" data-testid="headline">
          {said}
        </p>
      )}
      <Spoken text={said ?? noneEnded} />
      <div class="scroll">
        <table aria-label="starts of fine-tuning, and what came of them">
          <thead>
            <tr>
              <th scope="col">τ</th>
              <th scope="col">energy</th>
              <th scope="col">probing alone{unit}</th>
              <th scope="col">fine-tuned{unit}</th>
              <th scope="col">features moved</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.tau} class={row.tau === best?.tau ? "best" : ""}>
                <th scope="row">{epochs(Number(row.tau))}</th>
                <td>{row.energy?.toFixed(2) ?? "–"}</td>
                <td>{formatScore(row.probeValidationScore, metric)}</td>
                <td>{formatScore(row.bestValidationScore, metric)}</td>
                <td>{row.euclidean === null ? "–" : distance(row.euclidean)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="choices">
        <button type="button" onClick={download} disabled={!best} aria-describedby="fault-download">
          Download the model
        </button>
        <button
          type="button"
          disabled={report === null}
          onClick={() => save(new Blob([report!], { type: "text/html" }), "report.html")}
        >
          Download the report
        </button>
      </p>
      <Fault id="fault-download" text={fault ?? unreadable} />
      {best ? (
        kind === "pictures" || kind === "labelled" || kind === "masks" ? (
          <Try caller={caller} />
        ) : (
          <TryText caller={caller} kind={kind} />
        )
      ) : null}
      <details>
        <summary>The whole report</summary>
        <iframe class="report" title="report" sandbox="" srcDoc={report ?? ""} />
      </details>
    </>
  );
}

function save(content: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

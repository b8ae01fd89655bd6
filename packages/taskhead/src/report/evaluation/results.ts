import type {
  ClassResult,
  Calibration,
  HardSample,
  Metric,
  ObjectiveName,
  OutputResult,
} from "@taskhead/core/internals";

/** What an exported model got on labelled samples: everything the page shows but the pictures. */
export interface Evaluation {
  taskheadVersion: string;
  /** ISO 8601 */
  createdAt: string;
  /** the command line */
  command: string;
  /** the model's folder */
  model: string;
  data: {
    /** a noun that takes an s: `image` */
    sample: string;
    objective: ObjectiveName;
    /** what each of the k logits stands for */
    outputs: string[];
    path: string;
    count: number;
    /** samples that could not be used */
    skipped: number;
    /** classes and labels that are none of the model's */
    unknown: { label: string; samples: number }[];
  };
  metric: Metric;
  score: number;
  /** 95 %; null where it is not known */
  interval: { low: number; high: number } | null;
  /** of classification, in the order of `confusion`; of tagged words types of entities; else null */
  classes: ClassResult[] | null;
  /** of classification, else null: sample counts, rows are the true class, columns the predicted one */
  confusion: number[][] | null;
  /** of multi-label and regression, else null */
  outputs: OutputResult[] | null;
  /** of classification, else null; `ece` is the expected calibration error */
  calibration: Calibration | null;
  /** what it gets most wrong, the highest loss first: a few; `doubtful` where the label may be wrong */
  hardest: (HardSample & Readonly<Record<string, unknown>>)[];
}

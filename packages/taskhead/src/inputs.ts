/** What the files of samples and models say, wherever they lie, and in which words scores are told: nothing here needs Node. */
export { UserError } from "./files/errors.js";
export { inItsPlace } from "./files/in-its-place.js";
export { externalNamesIn, inMemory } from "./files/model-fields.js";
export { preprocessingIn } from "./images/processor/read-processor.js";
export { capital, formatScore } from "./words/format.js";
export { named as namedScore, outputNouns } from "./words/subject.js";
export { readText, wholeText } from "./data/read-text.js";
export type { TextFile } from "./data/text-file.js";
export { openParquetTable, type FileRanges } from "./data/parquet-on-demand.js";
export { openTextTable, textTableEndings, type TextTableEnding } from "./data/text-table.js";
export { toldRows } from "./data/told-rows.js";
export { tableTasks, type TableTask } from "./data/usual-task.js";
export type { RefusedRow, Table } from "./data/rows.js";
export { readTables, type TableTexts } from "./text/read-tables.js";
export { taskOfTable } from "./text/task-of-table.js";
export type { AskedColumns } from "./text/text-columns.js";
export { longestText, tooLong } from "./text/text-of-row.js";

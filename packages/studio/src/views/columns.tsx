import type { Table } from "taskhead/inputs";
import type { FoundTexts } from "../data/texts.js";
import { classesIn, textsIn } from "./words.js";

interface ColumnsProps {
  readonly table: Pick<Table, "columns">;
  /** Null where they could not be guessed. */
  readonly chosen: FoundTexts["chosen"];
  onChosen(asked: { text?: string[]; label?: string }): void;
}

/** Which columns of a table are the texts, and which their classes. */
export function Columns({ table: { columns }, chosen, onChosen }: ColumnsProps) {
  const [first = "", second = ""] = chosen?.text ?? [];
  const label = chosen?.label ?? "";
  const choose = (text: string[], of: string): void => {
    const named = text.filter((name) => name !== "");
    onChosen({ ...(named.length > 0 ? { text: named } : {}), ...(of === "" ? {} : { label: of }) });
  };
  return (
    <fieldset>
      <legend>Columns</legend>
      <Column name={textsIn} value={first} columns={columns} onValue={(value) => choose([value, second], label)} />
      <Column
        name="and, of pairs, in"
        value={second}
        columns={columns}
        onValue={(value) => choose([first, value], label)}
      />
      <Column name={classesIn} value={label} columns={columns} onValue={(value) => choose([first, second], value)} />
    </fieldset>
  );
}

interface ColumnProps {
  readonly name: string;
  readonly value: string;
  readonly columns: readonly string[];
  onValue(value: string): void;
}

function Column({ name, value, columns, onValue }: ColumnProps) {
  return (
    <label>
      {name}{" "}
      <select onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="" selected={value === ""}>
          –
        </option>
        {columns.map((column) => (
          <option key={column} value={column} selected={column === value}>
            {column}
          </option>
        ))}
      </select>
    </label>
  );
}

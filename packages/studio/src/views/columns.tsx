import { tableTasks, type TableTask } from "taskhead/inputs";
import type { OpenTable } from "../data/given.js";
import type { AskedOfTable, FoundTexts } from "../data/texts.js";
import { targetsIn, textsIn } from "./words.js";

interface ColumnsProps {
  readonly table: OpenTable;
  /** Null where they could not be guessed. */
  readonly chosen: FoundTexts["chosen"];
  onChosen(asked: AskedOfTable): void;
}

/** In the words of the command's `--task`. */
const tasks: Readonly<Record<TableTask, string>> = {
  classification: "classification: one class of several",
  "multi-label": "multi-label: several labels, each yes or no",
  regression: "regression: numbers",
};

/** What is learnt from a table, which of its columns are the texts, and which what is to be predicted of them. */
export function Columns({ table, chosen, onChosen }: ColumnsProps) {
  const { content, asked, task } = table;
  const { columns } = content;
  const { text = [], targets = [] } = chosen ?? asked;
  const [first = "", second = ""] = text;
  const choose = (changed: AskedOfTable): void => {
    const { text: texts, targets: own, ...rest } = { ...asked, text, targets, ...changed };
    const named = texts.filter((name) => name !== "");
    onChosen({
      ...rest,
      ...(named.length > 0 ? { text: named } : {}),
      ...(own.length > 0 ? { targets: own } : {}),
    });
  };
  const others = columns.filter((name) => !text.includes(name));
  return (
    <fieldset>
      <legend>What is learnt, from which columns</legend>
      <label class="task">
        Task{" "}
        <select
          data-testid="task"
          onChange={(event) => {
            const next = tableTasks[event.currentTarget.selectedIndex]!;
            // A column may be read otherwise; of several there is no one to take.
            choose({ task: next, ...(targets.length > 1 ? { targets: [] } : {}) });
          }}
        >
          {tableTasks.map((name) => (
            <option key={name} value={name} selected={name === task}>
              {tasks[name]}
            </option>
          ))}
        </select>
      </label>
      <Column name={textsIn} value={first} columns={columns} onValue={(value) => choose({ text: [value, second] })} />
      <Column
        name="and, of pairs, in"
        value={second}
        columns={columns}
        onValue={(value) => choose({ text: [first, value] })}
      />
      {task === "classification" ? (
        <Column
          name={targetsIn[task]}
          value={targets[0] ?? ""}
          columns={columns}
          onValue={(value) => choose({ targets: value === "" ? [] : [value] })}
        />
      ) : (
        <div class="several" role="group" aria-label={targetsIn[task]}>
          <span>{targetsIn[task]}</span>
          {others.map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={targets.includes(name)}
                onChange={({ currentTarget: { checked } }) =>
                  choose({ targets: others.filter((one) => (one === name ? checked : targets.includes(one))) })
                }
              />{" "}
              {name}
            </label>
          ))}
        </div>
      )}
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

import type { TextTask } from "taskhead/inputs";
import type { OpenSheet } from "../data/given.js";
import { tablesOf, tasksOf } from "../data/sheet.js";
import { rowsOf, type AskedOfSheet, type FoundTexts } from "../data/texts.js";
import { targetsIn, textsIn } from "./words.js";

interface ColumnsProps {
  readonly sheet: OpenSheet;
  /** Null where they could not be guessed. */
  readonly chosen: FoundTexts["chosen"];
  onChosen(asked: AskedOfSheet): void;
}

/** In the words of the command's `--task`. */
const tasks: Readonly<Record<TextTask, string>> = {
  classification: "classification: one class of several",
  "multi-label": "multi-label: each label yes or no",
  regression: "regression: numbers",
  "token-classification": "tags of words: one for each word",
};

/** What is learnt from a sheet, which of its columns are the texts, and which what is to be predicted of them. */
export function Columns({ sheet, chosen, onChosen }: ColumnsProps) {
  const { content, asked, task } = sheet;
  const { columns } = content;
  const rows = rowsOf(content, asked);
  const all = tasksOf(content, rows);
  const molecules = rows === "molecules";
  const tagged = task === "token-classification";
  const { text = [], targets = [] } = chosen ?? asked;
  const [first = "", second = ""] = text;
  const choose = (changed: AskedOfSheet): void => {
    // Columns of words and tags say it less than whoever chooses them.
    const kept = tagged ? { ...asked, task } : asked;
    const { text: texts, targets: own, ...rest } = { ...kept, text, targets, ...changed };
    const named = texts.filter((name) => name !== "");
    onChosen({
      ...rest,
      ...(named.length > 0 ? { text: named } : {}),
      ...(own.length > 0 ? { targets: own } : {}),
    });
  };
  const others = columns.filter((name) => !text.includes(name) && name !== asked.group);
  return (
    <fieldset>
      <legend>What is learnt, from which columns</legend>
      {tablesOf(content).length > 0 && rows !== "labelled" ? (
        <label>
          Rows are{" "}
          <select
            data-testid="rows"
            onChange={(event) => onChosen({ rows: event.currentTarget.value as "texts" | "molecules" })}
          >
            {(["texts", "molecules"] as const).map((name) => (
              <option key={name} value={name} selected={name === rows}>
                {name}
              </option>
            ))}
          </select>
        </label>
      ) : null}
      <label class="task">
        Task{" "}
        <select
          data-testid="task"
          onChange={(event) => {
            const next = all[event.currentTarget.selectedIndex]!;
            // A column may be read otherwise; of several there is no one to take, and words are no texts.
            if (tagged || next === "token-classification") choose({ task: next, text: [], targets: [] });
            else choose({ task: next, ...(targets.length > 1 ? { targets: [] } : {}) });
          }}
        >
          {all.map((name) => (
            <option key={name} value={name} selected={name === task}>
              {tasks[name]}
            </option>
          ))}
        </select>
      </label>
      {rows === "graphs" || rows === "labelled" ? null : (
        <Column
          name={textsIn(task, rows)}
          value={first}
          columns={columns}
          onValue={(value) => choose({ text: molecules ? [value] : [value, second] })}
        />
      )}
      {tagged || rows !== "texts" ? null : (
        <Column
          name="and, of pairs, in"
          value={second}
          columns={columns}
          onValue={(value) => choose({ text: [first, value] })}
        />
      )}
      {task === "classification" || tagged ? (
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
      {tablesOf(content).length > 0 || content.graphs ? (
        <Groups
          columns={others.concat(asked.group ?? []).filter((name) => !targets.includes(name))}
          asked={asked.group}
          onAsked={(group) => {
            const { group: _, ...rest } = asked;
            onChosen(group === undefined ? rest : { ...rest, group });
          }}
        />
      ) : null}
    </fieldset>
  );
}

interface GroupsProps {
  readonly columns: readonly string[];
  readonly asked: string | undefined;
  onAsked(asked: string | undefined): void;
}

/** Which column says the groups that stay on one side of a split, if any. */
export function Groups({ columns, asked, onAsked }: GroupsProps) {
  return (
    <Column
      name="Groups in"
      value={asked ?? ""}
      columns={columns}
      none="none"
      testid="group"
      onValue={(value) => onAsked(value === "" ? undefined : value)}
    />
  );
}

interface ColumnProps {
  readonly name: string;
  readonly value: string;
  readonly columns: readonly string[];
  /** What it is called where none is chosen. */
  readonly none?: string;
  readonly testid?: string;
  onValue(value: string): void;
}

function Column({ name, value, columns, none = "–", testid, onValue }: ColumnProps) {
  return (
    <label>
      {name}{" "}
      <select data-testid={testid} onChange={(event) => onValue(event.currentTarget.value)}>
        <option value="" selected={value === ""}>
          {none}
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

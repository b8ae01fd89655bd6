import { groupNotes, UserError, type ImageSource, type TextTask } from "taskhead/inputs";
import { mostPictures } from "./pictures.js";
import type { Sheet, SheetFiles } from "./sheet.js";
import {
  inGroups,
  withOtherSets,
  type AskedOfSheet,
  type FoundTexts,
  type LabelledText,
  type ReadSet,
} from "./texts.js";

/** What the rows of one set came to. */
interface ReadPictures extends ReadSet {
  readonly source: ImageSource;
}

/**
 * Pictures and their targets in the columns that are asked for, else in those that are guessed.
 * @throws {UserError} if it is not known which they are, no row can be used, or there are too many
 */
export async function picturesOfSheet(
  sheet: Sheet,
  task: TextTask,
  { targets = [], ...more }: Pick<AskedOfSheet, "targets" | "group"> = {},
): Promise<FoundTexts> {
  const { group } = more;
  const asked = targets.length === 1 ? { label: targets[0]! } : { columns: targets };
  const read = async ({ path, pictures }: SheetFiles, like?: ImageSource): Promise<ReadPictures> => {
    const source = await pictures!.read({ task, ...inGroups(more), ...(like ? { like } : asked) });
    const groups = group === undefined ? undefined : pictures!.groups(source, group, !like);
    const texts = source.files.map((file, i): LabelledText => ({
      ...pictures!.picture(file),
      text: "",
      ...inGroups({ group: groups?.[i] }),
      target: file.target,
    }));
    const refused = source.refused.map((row) => ({ file: source.labels!, ...row }));
    const ofGroups = groupNotes({ where: path, sample: "image" }, group, {
      column: groups && group,
      groups: groups ?? [],
    });
    const { outputs, columns, notes, said = "" } = source;
    return { outputs, columns, texts, refused, notes: [...notes, ...ofGroups], said, source };
  };
  const train = await read(sheet);
  const found = await withOtherSets(sheet, { task, train }, (files) => read(files, train.source));
  if (found.texts.length > mostPictures)
    throw new UserError(
      `${sheet.path} has ${found.texts.length} pictures, and a tab takes ${mostPictures}; give fewer`,
    );
  return { ...found, ...inGroups(more), chosen: { text: [], targets: train.columns } };
}

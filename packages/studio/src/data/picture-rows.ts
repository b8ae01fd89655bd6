import type { Groups } from "@taskhead/core/internals";
import type { GuessedTask, ImageFile, ImageSource, LabelOptions } from "taskhead/inputs";

/** Rows that say what is to be predicted of pictures: of a file of labels, or of archives. */
export interface PictureRows {
  /** Those that may say it. */
  readonly columns: readonly string[];
  /** What is learnt of them where nobody says it. @param asked columns of what is to be predicted, and that of groups */
  task(asked: { readonly labels: readonly string[]; readonly group?: string }): Promise<GuessedTask>;
  /** @throws {UserError} if they are of no use for the task */
  read(options: LabelOptions): Promise<ImageSource>;
  /** What a picture is called, and what is in it. */
  picture(file: ImageFile): { readonly name: string; readonly picture: Blob };
  /**
   * The groups of pictures that were read.
   * @returns undefined where others than the training pictures say none
   * @throws {UserError} if the training pictures say none, or of one picture two
   */
  groups(source: ImageSource, asked: string, training: boolean): Groups | undefined;
}

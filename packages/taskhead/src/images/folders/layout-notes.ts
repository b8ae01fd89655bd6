import { listed } from "../../data/listed.js";
import { namesOfSets } from "../../data/sets/roles.js";
import { imageName } from "../../files/image-names.js";
import type { SubFolder } from "./layout.js";

/** What is right below a folder of class folders. */
export interface ClassFolderTop {
  /** The folder, as people call it. */
  readonly where: string;
  readonly folders: readonly SubFolder[];
  /** The names of the files beside them. */
  readonly files: readonly string[];
}

/** What looks like a mistake in how images are sorted, but need not be one; a line each. */
export function layoutNotes({ where, folders, files }: ClassFolderTop): string[] {
  const images = files.filter((name) => imageName.test(name));
  const nested = folders.every(({ direct, folders: inner }) => direct === 0 && inner.length > 1);
  const [first] = folders;
  const forms = folders.filter(({ name }, i) => folders.some((other, j) => j < i && sameText(other.name, name)));
  return [
    ...(images.length > 0
      ? [
          `${images.length === 1 ? `${images[0]} in ${where} is` : `${images.length} images of ${where}, such as ${images[0]}, are`} in no class folder and left out`,
        ]
      : []),
    ...(nested && first
      ? [
          `the classes of ${where} are folders of folders ('${first.name}' holds ${listed(first.folders.slice(0, 3))}), each of which counts as one class: give ${where}/${first.name} to tell apart what is in it`,
        ]
      : []),
    ...(namesOfSets(folders)
      ? [
          `the classes of ${where} are called ${listed(folders.map(({ name }) => name))}: if these are sets, sort the images of each by class and give them one by one`,
        ]
      : []),
    ...(forms.length > 0
      ? [
          `${where} has several folders of class ${listed(forms.map(({ name }) => name.normalize("NFC")))}, whose names differ in Unicode form alone: they are taken together`,
        ]
      : []),
  ];
}

function sameText(a: string, b: string): boolean {
  return a.normalize("NFC") === b.normalize("NFC");
}

import { kindsBut } from "../../data/left-out.js";
import { imageName } from "../../files/image-names.js";

/** What to call a file of a class folder that is no image. */
export const kindsOf = kindsBut(imageName);

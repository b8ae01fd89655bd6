/** Images in folders, with their classes, labels or numbers, as a network takes them. */
export { decodeImage, DecodeError, type DecodedImage } from "./pixels/decode.js";
export { fingerprint, fingerprintImages, type FingerprintOptions } from "./pixels/fingerprint.js";
export { scanImageFolder } from "./folders/image-folder.js";
export { checkSameOutputs, inTermsOf, targetsOf, type ImageFile, type ImageSource } from "./image-source.js";
export { ImageStore, type ImageStoreOptions } from "./pixels/image-store.js";
export type { RefusedRow } from "../data/tables/rows.js";
export { loadImages, type LoadedImages, type LoadImagesOptions, type SkippedFile } from "./load-images.js";
export { readPreprocessorConfig } from "./processor/processor-file.js";
export { labelFiles } from "./labels/label-sets.js";
export { scanImages, type ScanOptions } from "./scan-images.js";

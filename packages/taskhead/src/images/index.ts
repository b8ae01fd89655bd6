/** Folders of images, as the numbers that a network takes. */
export { decodeImage, DecodeError, type DecodedImage } from "./decode.js";
export { fingerprint } from "./fingerprint.js";
export { checkSameClasses, scanImageFolder, type ImageFile, type ImageFolder } from "./image-folder.js";
export { ImageStore, type ImageStoreOptions } from "./image-store.js";
export { loadImages, type LoadedImages, type LoadImagesOptions, type SkippedFile } from "./load-images.js";
export {
  outputSize,
  plainPreprocessing,
  readPreprocessorConfig,
  withOptions,
  type Interpolation,
  type Preprocessing,
  type PreprocessingOptions,
  type Size,
  type Triple,
} from "./preprocess-config.js";
export {
  createResizer,
  resizeModel,
  resizeNodes,
  type GraphFragment,
  type OnnxRuntime,
  type ResizeImage,
  type ResizeNodesOptions,
} from "./resize-model.js";
export { stratifiedSplit } from "./split.js";

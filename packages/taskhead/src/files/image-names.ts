/**
 * The files that are taken for images: what sharp reads, of HEIC where it is built so. What they are in truth, their first bytes
 * say.
 */
export const imageName = /\.(jpe?g|jpe|jfif|png|webp|gif|tiff?|avif|hei[cf]s?|hif)$/i;

/** The same for people, the most common endings. */
export const imageNames = ".jpg, .png, .webp, .gif, .tiff, .avif";

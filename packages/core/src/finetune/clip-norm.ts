/** The global norm that fine-tuning clips gradients to unless something else is asked for, as practitioners do. */
export const usualClipNorm = 1;

/** The programs whose logs can be written. */
export const logFormats = ["tensorboard", "mlflow", "wandb"] as const;

export type LogFormat = (typeof logFormats)[number];

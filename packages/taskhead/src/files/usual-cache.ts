import envPaths from "env-paths";

/** The user's cache folder, for whom names no other. */
export function usualCache(): string {
  return envPaths("taskhead", { suffix: "" }).cache;
}

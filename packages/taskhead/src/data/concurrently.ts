import pLimit from "p-limit";

/**
 * Runs `task` on every item, at most `concurrency` at a time. After an error, or when `signal` is aborted, no further one
 * is begun; it rejects when those under way have ended, so that what they use can be closed.
 */
export async function concurrently<T>(
  items: readonly T[],
  concurrency: number,
  task: (item: T, index: number) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const limit = pLimit({ concurrency, rejectOnClear: true });
  const tasks = items.map((item, i) =>
    limit(async () => {
      signal?.throwIfAborted();
      await task(item, i);
    }),
  );
  try {
    await Promise.all(tasks);
  } catch (error) {
    limit.clearQueue();
    await Promise.allSettled(tasks);
    throw error;
  }
}

type Listener = (...heard: never[]) => unknown;

/**
 * Work with listeners that may be async although nobody waits for what they say: what one throws ends the work, and so does what
 * it rejects with, at the next call of any of them. Work is over when all of them are done.
 * @param listeners by their names in the options; those that are not given stay so
 */
export async function hearing<L extends Partial<Record<string, Listener | undefined>>, T>(
  listeners: L,
  work: (heard: L) => Promise<T>,
): Promise<T> {
  const pending = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;
  const throwFailure = (): void => {
    if (failure) throw failure.error;
  };
  const heard = Object.entries(listeners).flatMap(([name, listener]): [string, Listener][] => {
    if (!listener) return [];
    const call: Listener = (...args) => {
      throwFailure();
      const answer = listener(...args);
      if (!(answer instanceof Promise)) return answer;
      const done: Promise<void> = answer
        .catch((error: unknown) => void (failure ??= { error }))
        .then(() => void pending.delete(done));
      pending.add(done);
      return answer;
    };
    return [[name, call]];
  });
  const result = await work(Object.fromEntries(heard) as L);
  await Promise.all(pending);
  throwFailure();
  return result;
}

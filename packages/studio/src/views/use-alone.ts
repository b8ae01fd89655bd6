import { useEffect, useState } from "preact/hooks";

const name = "taskhead studio";

/**
 * Whether this tab is the one that works on what the browser keeps for the page: two at a time would write over each other. One
 * that is not waits until the other is closed. Undefined for the moment that it takes to know.
 */
export function useAlone(): boolean | undefined {
  const [alone, setAlone] = useState<boolean | undefined>(undefined);
  useEffect(() => {
    const keep = (): Promise<never> => {
      setAlone(true);
      return new Promise(() => undefined);
    };
    void navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock) return keep();
      setAlone(false);
      void navigator.locks.request(name, keep);
      return undefined;
    });
  }, []);
  return alone;
}

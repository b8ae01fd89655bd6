import { useLayoutEffect, useRef } from "preact/hooks";

/**
 * Stops what goes on. The focus of who began it with a button that is of no use meanwhile is here, and goes back there, or to
 * the main button of the step, when it has ended.
 */
export function StopButton({ onStop }: { onStop(): void }) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const own = button.current!;
    const before = document.activeElement;
    const main = own.closest("section")?.querySelector("button.main");
    if (before === null || before === document.body || before.matches(":disabled")) own.focus();
    return () => {
      if (document.activeElement !== own) return;
      requestAnimationFrame(() => [before, main].find(isOfUse)?.focus());
    };
  }, []);
  return (
    <button type="button" ref={button} onClick={onStop}>
      Stop
    </button>
  );
}

function isOfUse(one: Element | null | undefined): one is HTMLButtonElement {
  return one instanceof HTMLButtonElement && one.isConnected && !one.disabled;
}

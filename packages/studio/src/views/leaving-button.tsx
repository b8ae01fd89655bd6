import { useLayoutEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { titleOf } from "./step.js";

interface LeavingButtonProps {
  /** Of the step that is gone back to. */
  readonly back: number;
  readonly disabled?: boolean;
  onClick(): void;
  readonly children: ComponentChildren;
}

/** A button that goes away with what it closes. The focus of who pressed it goes to the title of a step, as it would be nowhere. */
export function LeavingButton({ back, disabled = false, onClick, children }: LeavingButtonProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const own = button.current!;
    return () => {
      if (document.activeElement === own) document.getElementById(titleOf(back))?.focus();
    };
  }, []);
  return (
    <button type="button" ref={button} disabled={disabled} onClick={onClick}>
      {children}
    </button>
  );
}

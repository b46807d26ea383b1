// One command, as it stands, and a button that puts it on the clipboard.
import { Button } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { VisibleText } from "../../ui/visible-text.tsx";
import styles from "./doctor-panel.module.css";

/** How long the button says that it worked. */
const saidMs = 2_500;

const words = { idle: "Copy", copied: "Copied", selected: "Selected" } as const;

export function CommandLine({ command }: { readonly command: string }) {
  const code = useRef<HTMLElement>(null);
  const [state, setState] = useState<keyof typeof words>("idle");
  useEffect(() => {
    if (state === "idle") return;
    const timer = setTimeout(() => setState("idle"), saidMs);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(command);
      setState("copied");
    } catch {
      // The browser keeps its clipboard to itself. What is selected can be copied with the keyboard.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      setState("selected");
    }
  };
  return (
    <li className={styles.command} data-testid="command">
      <code ref={code}>
        <VisibleText text={command} />
      </code>
      <Button
        className={styles.copy}
        size="compact-xs"
        variant="default"
        leftSection={state === "copied" ? <IconCheck size={14} /> : <IconCopy size={14} />}
        aria-label={`${words[state]}: ${command}`}
        onClick={() => void copy()}
      >
        {words[state]}
      </Button>
      <span className={styles.spoken} role="status">
        {state === "copied" && "Copied."}
        {state === "selected" && "The clipboard is closed to this window; the command is selected, so copy it by key."}
      </span>
    </li>
  );
}

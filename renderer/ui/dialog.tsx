// Above the rest of the window, which waits until it is closed: by its button, by Escape, or by a click beside it.
import { CloseButton } from "@mantine/core";
import { type ReactNode, useId } from "react";
import styles from "./dialog.module.css";
import { useModal } from "./use-modal.ts";

interface Props {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function Dialog({ title, onClose, children }: Props) {
  const modal = useModal(onClose);
  const id = useId();
  return (
    <dialog {...modal} className={styles.dialog} aria-labelledby={id}>
      <div className={styles.sheet}>
        <header className={styles.head}>
          <h2 id={id}>{title}</h2>
          <CloseButton size="md" aria-label="Close" onClick={onClose} />
        </header>
        <div className={styles.body}>{children}</div>
      </div>
    </dialog>
  );
}

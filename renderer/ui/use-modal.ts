import { useLayoutEffect, useRef } from "react";

/** What a `<dialog>` is given to stand above the rest of the window, which waits until Escape or a click beside it closes it. */
export function useModal(onClose: () => void) {
  const ref = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const shown = ref.current;
    shown?.showModal();
    // Closed before it goes, so that the focus returns to where it was.
    return () => shown?.close();
  }, []);
  return {
    ref,
    onClose: ({ currentTarget }: { readonly currentTarget: HTMLDialogElement }) => !currentTarget.open && onClose(),
    onClick: ({ target, currentTarget }: { readonly target: EventTarget; readonly currentTarget: EventTarget }) =>
      target === currentTarget && onClose(),
  };
}

import { Button } from "@mantine/core";
import { panelOpened } from "../../state/opened.ts";

/** Leads from where something is missing to what can be done about it. */
export function AskDoctor({ children }: { readonly children: string }) {
  return (
    <Button size="compact-xs" variant="default" aria-haspopup="dialog" onClick={() => panelOpened("doctor")}>
      {children}
    </Button>
  );
}

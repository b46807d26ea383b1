import type { Check } from "../check.ts";
import { countersCheck } from "./counters.ts";
import { intakeCheck } from "./intake.ts";
import { journaldCheck } from "./journald.ts";
import { logtapCheck } from "./logtap.ts";
import { tailscaledCheck } from "./tailscaled.ts";
import { unifiedLogCheck } from "./unified-log.ts";

/** In the order in which a person reads them. */
export const checks: readonly Check[] = [
  tailscaledCheck,
  countersCheck,
  journaldCheck,
  unifiedLogCheck,
  logtapCheck,
  intakeCheck,
];

// Every panel of the window, one row each. Those of the same area stand in this order.
import { doctorPanel } from "./doctor/doctor-panel.tsx";
import { eventsPanel } from "./events/events-panel.tsx";
import { logPanel } from "./log/log-panel.tsx";
import { machinePanel } from "./machine/machine-panel.tsx";
import type { Panel } from "./panel.ts";
import { peerPanel } from "./peer/peer-panel.tsx";
import { peersPanel } from "./peers/peers-panel.tsx";
import { pipelinePanel } from "./pipeline/pipeline-panel.tsx";
import { tunnelsPanel } from "./tunnels/tunnels-panel.tsx";

export const panels: readonly Panel[] = [
  pipelinePanel,
  tunnelsPanel,
  peersPanel,
  logPanel,
  peerPanel,
  eventsPanel,
  machinePanel,
  doctorPanel,
];

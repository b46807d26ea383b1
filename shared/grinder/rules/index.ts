// Every kind of line that the grinder knows. Adding one: a file here and a row below.
import type { Rule } from "../rule.ts";
import { activeLogin } from "./active-login.ts";
import { candidates } from "./candidates.ts";
import { derpConnection } from "./derp-connection.ts";
import { derpRoute } from "./derp-route.ts";
import { discoMessages } from "./disco-message.ts";
import { discovery } from "./discovery.ts";
import { endpoints } from "./endpoints.ts";
import { handshake } from "./handshake.ts";
import { healthWarnings } from "./health.ts";
import { homeDerp } from "./home-derp.ts";
import { ipnState } from "./ipn-state.ts";
import { logIds } from "./log-id.ts";
import { losses } from "./losses.ts";
import { netInfos } from "./net-info.ts";
import { netcheck } from "./netcheck.ts";
import { netmap } from "./netmap.ts";
import { newContact } from "./new-contact.ts";
import { nowUsing } from "./now-using.ts";
import { openConnections } from "./open-connection.ts";
import { packetVerdicts } from "./packet-verdict.ts";
import { peerKeys } from "./peer-keys.ts";
import { peerRestart } from "./peer-restart.ts";
import { peerStats } from "./peer-stats.ts";
import { processStart } from "./process-start.ts";
import { self } from "./self.ts";

export const rules: readonly Rule[] = [
  peerKeys,
  peerStats,
  nowUsing,
  newContact,
  derpRoute,
  homeDerp,
  derpConnection,
  peerRestart,
  discoMessages,
  discovery,
  candidates,
  handshake,
  openConnections,
  packetVerdicts,
  ipnState,
  activeLogin,
  processStart,
  logIds,
  self,
  netcheck,
  netInfos,
  endpoints,
  netmap,
  healthWarnings,
  losses,
].flat();

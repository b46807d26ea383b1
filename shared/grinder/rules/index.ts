// Every kind of line that the grinder knows. Adding one: a file here and a row below.
import type { Rule } from "../rule.ts";
import { activeLogin } from "./active-login.ts";
import { candidates } from "./candidates.ts";
import { control } from "./control.ts";
import { derpConnection } from "./derp-connection.ts";
import { derpRoute } from "./derp-route.ts";
import { derpTrouble } from "./derp-trouble.ts";
import { discoMessages } from "./disco-message.ts";
import { discovery } from "./discovery.ts";
import { dns } from "./dns.ts";
import { endpoints } from "./endpoints.ts";
import { handshake } from "./handshake.ts";
import { healthWarnings } from "./health.ts";
import { homeDerp } from "./home-derp.ts";
import { ipnState } from "./ipn-state.ts";
import { link } from "./link.ts";
import { logIds } from "./log-id.ts";
import { logUpload } from "./log-upload.ts";
import { losses } from "./losses.ts";
import { netInfos } from "./net-info.ts";
import { netcheck } from "./netcheck.ts";
import { netcheckNotes } from "./netcheck-notes.ts";
import { netmap } from "./netmap.ts";
import { newContact } from "./new-contact.ts";
import { nowUsing } from "./now-using.ts";
import { openConnections } from "./open-connection.ts";
import { packetVerdicts } from "./packet-verdict.ts";
import { peerKeys } from "./peer-keys.ts";
import { peerRestart } from "./peer-restart.ts";
import { peerStats } from "./peer-stats.ts";
import { processEnd } from "./process-end.ts";
import { processStart } from "./process-start.ts";
import { self } from "./self.ts";
import { settings } from "./settings.ts";
import { ssh } from "./ssh.ts";
import { structuredLines } from "./structured.ts";
import { tailnetLock } from "./tailnet-lock.ts";

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
  netcheckNotes,
  derpTrouble,
  link,
  dns,
  control,
  tailnetLock,
  settings,
  ssh,
  structuredLines,
  logUpload,
  processEnd,
  healthWarnings,
  losses,
].flat();

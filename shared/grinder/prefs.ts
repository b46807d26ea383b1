// Settings as tailscaled prints them: `Prefs{ra=false dns=true want=true …}` and `MaskedPrefs{WantRunning=true ExitNodeID="nABC"}`. Reference 2.5.
import type { Change } from "./change.ts";
import { keptText } from "./secrets.ts";

const longestPrefs = 4_000;
/** `name=value`, where a value may be quoted or a list. Nothing here can match in two ways. */
const setting = /([A-Za-z]{1,40})=("(?:[^"\\]|\\.)*"|\[[^\]]*\]|[^\s[\]"{}]*)/g;
const keptSettings = 40;

/** What is abbreviated in one spelling and not in the other. */
const abbreviations: Readonly<Record<string, string>> = {
  WantRunning: "want",
  RouteAll: "ra",
  CorpDNS: "dns",
  RunSSH: "ssh",
  RunWebClient: "webclient",
  LoggedOut: "loggedout",
  ShieldsUp: "shields",
  ExitNodeID: "exit",
  ExitNodeIP: "exit",
  AutoExitNode: "auto",
  ExitNodeAllowLANAccess: "lan",
  AdvertiseRoutes: "routes",
  AdvertiseTags: "tags",
  Hostname: "host",
  ControlURL: "url",
  OperatorUser: "op",
  NetfilterMode: "nf",
};

function settingsIn(text: string): Record<string, string> {
  const settings: Record<string, string> = {};
  let kept = 0;
  for (const [, name = "", value = ""] of text.matchAll(setting)) {
    if (++kept > keptSettings) break;
    settings[abbreviations[name] ?? name] = keptText(value.replace(/^"(.*)"$/, "$1"), 100);
  }
  return settings;
}

/** The node that traffic goes by, null for none. */
function exitNodeOf({ auto = "", exit = "" }: Readonly<Record<string, string>>): string | null {
  return auto !== "" ? `auto:${auto}` : exit !== "" ? exit : null;
}

/** All settings, from the `{` on. They end where the keys and the login begin. */
export function wholePrefs(rest: string): readonly Change[] {
  const text = rest.slice(0, longestPrefs);
  const end = text.indexOf(" Persist");
  const prefs = settingsIn(end === -1 ? text : text.slice(0, end));
  if (prefs.want === undefined) return [];
  return [
    { kind: "prefs", prefs, isWhole: true },
    { kind: "facts", facts: { exitNode: exitNodeOf(prefs) } },
  ];
}

/** Those that somebody changed. */
export function changedPrefs(rest: string): readonly Change[] {
  const prefs = settingsIn(rest.slice(0, longestPrefs));
  if (Object.keys(prefs).length === 0) return [];
  const isExit = prefs.exit !== undefined || prefs.auto !== undefined;
  return [
    { kind: "prefs", prefs, isWhole: false },
    ...(isExit ? [{ kind: "facts", facts: { exitNode: exitNodeOf(prefs) } } as const] : []),
  ];
}

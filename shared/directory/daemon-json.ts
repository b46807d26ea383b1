// What LocalAPI says, as far as the directory reads it: `status` and the messages of `watch-ipn-bus`. Reference 6.4 and 6.5.
//
// Not a stable API. So every member may be missing, null or of another type, and then has the value that an older daemon means by leaving it out;
// what is not known is passed over. A row that is no object at all is left out alone. Texts are cut: nobody's name is a megabyte.
import { z } from "zod";

const longestText = 512;
const longestList = 64;

const text = z
  .string()
  .catch("")
  .transform((value) => value.slice(0, longestText));
const flag = z.boolean().catch(false);
const count = z.number().nonnegative().catch(0);
const texts = z
  .array(z.unknown())
  .catch([])
  .transform((values) => values.filter((value) => typeof value === "string").slice(0, longestList));
/** Ms since 1970; null for Go's zero time, and for what is no time. */
const time = z
  .string()
  .catch("")
  .transform((value) => {
    const ms = Date.parse(value);
    return Number.isNaN(ms) || ms <= 0 ? null : ms;
  });
/** Null where it is not said. */
const perhaps = <T extends z.ZodType>(schema: T) => schema.nullable().catch(null);

/** The rows of an array, or the values of an object, that are what they should be. */
function rows<T extends z.ZodType>(row: T) {
  return z
    .union([z.array(z.unknown()), z.record(z.string(), z.unknown())])
    .catch([])
    .transform((value): z.output<T>[] =>
      Object.values(value).flatMap((each) => {
        const read = row.safeParse(each);
        return read.success ? [read.data] : [];
      }),
    );
}

const userSchema = z.object({ ID: count, LoginName: text, DisplayName: text });
export type DaemonUser = z.infer<typeof userSchema>;

const peerStatusSchema = z.object({
  ID: text,
  NodeID: count,
  PublicKey: text,
  HostName: text,
  DNSName: text,
  OS: text,
  UserID: count,
  TailscaleIPs: texts,
  Tags: texts,
  CurAddr: text,
  Relay: text,
  PeerRelay: text,
  RxBytes: count,
  TxBytes: count,
  LastSeen: time,
  LastHandshake: time,
  Online: flag,
  ExitNode: flag,
  ExitNodeOption: flag,
  Active: flag,
  /** Older daemons do not say: then a peer that has shaken hands is in it. */
  InEngine: perhaps(z.boolean()),
  Expired: flag,
});
export type PeerStatus = z.infer<typeof peerStatusSchema>;

export const daemonStatusSchema = z.object({
  Version: text,
  BackendState: text,
  MagicDNSSuffix: text,
  CurrentTailnet: perhaps(z.object({ Name: text })),
  Self: perhaps(peerStatusSchema),
  Peer: rows(peerStatusSchema),
  User: rows(userSchema),
});
export type DaemonStatus = z.infer<typeof daemonStatusSchema>;

/** tailcfg.Node. */
const nodeSchema = z.object({
  ID: count,
  StableID: text,
  Name: text,
  ComputedName: text,
  User: count,
  Key: text,
  Addresses: texts,
  Tags: texts,
  Hostinfo: z.object({ OS: text, Hostname: text }).catch({ OS: "", Hostname: "" }),
  Online: perhaps(z.boolean()),
  LastSeen: time,
  Expired: flag,
});
export type DaemonNode = z.infer<typeof nodeSchema>;

/** tailcfg.PeerChange: an absent member did not change. */
const peerChangeSchema = z.object({
  NodeID: count,
  Key: perhaps(z.string()),
  Online: perhaps(z.boolean()),
  LastSeen: time,
  DERPRegion: perhaps(z.number()),
});
export type DaemonPeerChange = z.infer<typeof peerChangeSchema>;

export const notifySchema = z.object({
  Version: text,
  ErrMessage: perhaps(z.string().transform((value) => value.slice(0, longestText))),
  /** An ipn.State. */
  State: perhaps(z.number()),
  InitialStatus: perhaps(daemonStatusSchema),
  NetMap: perhaps(z.object({ SelfNode: perhaps(nodeSchema), Peers: rows(nodeSchema), UserProfiles: rows(userSchema) })),
  SelfChange: perhaps(nodeSchema),
  PeersChanged: rows(nodeSchema),
  PeersRemoved: z
    .array(z.unknown())
    .catch([])
    .transform((values) => values.filter((value) => typeof value === "number")),
  PeerChangedPatch: rows(peerChangeSchema),
  UserProfiles: rows(userSchema),
  Engine: perhaps(
    z.object({ LivePeers: rows(z.object({ NodeKey: text, RxBytes: count, TxBytes: count, LastHandshake: time })) }),
  ),
});
export type Notify = z.infer<typeof notifySchema>;

/** The ipn.State of a daemon that another user of this machine has. */
export const inUseOtherUser = 1;

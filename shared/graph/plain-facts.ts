// Facts about the machine that a line simply states: each line says all there is to it. Who tells what of them when they change: facts/.
import { z } from "zod";
import { fact } from "./fact.ts";

const registrationSchema = z.object({ key: z.string(), before: z.string().nullable() });
const answerSchema = z.object({ keyExpired: z.boolean(), authorized: z.boolean(), needsLogin: z.boolean() });

/** A null fact = no line has told it, or a line has told that it is over. */
export const plainFactsShape = {
  // The process and its log.
  /** Why it is stopping, or has stopped. */
  stopping: fact(z.string()),
  /** What it said when it crashed. */
  crash: fact(z.string()),
  /** Whether it sends its log to Tailscale: "off", "elsewhere", "invalid target" where it had to ignore what it was told. */
  logging: fact(z.enum(["off", "elsewhere", "invalid target"])),
  logFolder: fact(z.string()),
  logUpload: fact(z.object({ state: z.enum(["working", "failing", "offline"]), error: z.string().nullable() })),
  bugReport: fact(z.string()),
  /** The latest thing that it says should not happen. */
  unexpected: fact(z.string()),
  /** The latest call that changed something by way of its LocalAPI. */
  localApi: fact(z.object({ method: z.string(), path: z.string() })),
  serveError: fact(z.string()),

  // The control server.
  /** Whether it listens for changes of the network map. */
  inMapPoll: fact(z.boolean()),
  controlPaused: fact(z.boolean()),
  controlError: fact(z.string()),
  /** How far this machine's clock is ahead of the control server's, in ms, to the second. */
  clockAheadMs: fact(z.number()),
  /** It has shown a link to log in with. The link itself is a secret and is not kept. */
  loginLink: fact(z.literal("shown")),
  registering: fact(registrationSchema),
  registered: fact(answerSchema),
  /** Peers in the network map. */
  netmapPeers: fact(z.number().int()),
  tailnetLock: fact(z.string()),

  // The machine itself, and its own settings.
  discoKey: fact(z.string()),
  /** Its tailnet addresses. */
  addresses: fact(z.array(z.string())),
  host: fact(z.object({ name: z.string().nullable(), os: z.string().nullable(), osVersion: z.string().nullable() })),
  /** The exit node that its traffic goes by: a node's ID or address, or `auto:any`. */
  exitNode: fact(z.string()),
  /** Why no exit node could be chosen where any would do. */
  exitNodeError: fact(z.string()),
  suggestedExitNode: fact(z.string()),
  /** The networks around it that stay in reach while its traffic goes by an exit node. */
  localAccess: fact(z.array(z.string())),

  // The network that it is in.
  link: fact(
    z.object({
      defaultRoute: z.string().nullable(),
      interfaces: z.array(z.object({ name: z.string(), addresses: z.string() })),
      ipv4: z.boolean().nullable(),
      ipv6: z.boolean().nullable(),
    }),
  ),
  /** The interface that its sockets are bound for. */
  boundTo: fact(z.object({ name: z.string(), addresses: z.string() })),
  gateway: fact(z.object({ gateway: z.string(), self: z.string() })),
  allLinksDown: fact(z.boolean()),
  externalRoute: fact(z.enum(["up", "down"])),
  /** Why the router could not be asked to open a port. */
  portMapError: fact(z.string()),
  dnsMode: fact(z.string()),
  /** Nameservers and search domains that it gave to the system. */
  dnsServers: fact(z.array(z.string())),
  dnsSearch: fact(z.array(z.string())),
};

const plainFactsSchema = z.object(plainFactsShape);
export type PlainFacts = z.infer<typeof plainFactsSchema>;
export type PlainName = keyof PlainFacts;
export type PlainValue<Name extends PlainName> = NonNullable<PlainFacts[Name]>["value"];

export const plainNames = Object.keys(plainFactsShape) as readonly PlainName[];
export const nothingPlain: PlainFacts = plainFactsSchema.parse(
  Object.fromEntries(plainNames.map((name) => [name, null])),
);

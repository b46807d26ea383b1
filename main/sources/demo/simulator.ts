// A tailnet that never was, and the log that its tailscaled 1.102 writes. Pure: time is stepped from outside, and the same seed, run and start
// give the same log however the steps are cut. Beside the log it keeps the truth, for tests of whoever reads the log.
import { Agenda } from "./agenda.ts";
import { startBackground } from "./background.ts";
import { Books, type Truth } from "./books.ts";
import { Daemon, type World } from "./daemon.ts";
import { DaemonLog, type SimulatedLine } from "./daemon-log.ts";
import { DerpConnections } from "./derp-connections.ts";
import { Network } from "./network.ts";
import { seededRandom } from "./random.ts";
import { SimulatedPeer } from "./simulated-peer.ts";
import { shutDown, startUp } from "./startup.ts";
import { pollStats } from "./stats-poll.ts";
import { makeTailnet, type Tailnet } from "./tailnet.ts";

export interface SimulationOptions {
  /** Names, keys and addresses follow from it. */
  readonly seed: number;
  /** What happens follows from the seed and this: another run of the same tailnet is another day in its life. */
  readonly run?: number;
  readonly startMs: number;
  readonly peerCount?: number;
}

export interface Simulation {
  /** Lets time pass up to and including `toMs`, and returns the lines written meanwhile, in order. */
  step(toMs: number): readonly SimulatedLine[];
  /** What has really happened so far. */
  truth(): Truth;
  readonly tailnet: Tailnet;
  /** The tailscaled that runs now; undefined while none does, as between two lives of it. */
  daemon(): Daemon | undefined;
}

const defaultPeers = 12;
/** The daemon is updated, or its machine restarted, this often on average. */
const restartEveryMs = 40 * 60_000;

export function simulate({ seed, run = 0, startMs, peerCount = defaultPeers }: SimulationOptions): Simulation {
  const tailnet = makeTailnet(seededRandom(seed, 0), peerCount);
  const random = seededRandom(seed, run + 1);
  const world: World = {
    random,
    tailnet,
    agenda: new Agenda(startMs),
    log: new DaemonLog(random),
    books: new Books(tailnet.peers),
    discoKeys: new Map(tailnet.peers.map(({ key }) => [key, random.hex(64)])),
  };
  let running = startDaemon(world, (daemon) => {
    running = daemon;
  });
  return {
    tailnet,
    daemon: () => (running.isOver ? undefined : running),
    step(toMs) {
      world.agenda.run(toMs);
      return world.log.take();
    },
    truth: () => world.books.truth(),
  };
}

/** @param restarted called with each that comes after it. */
function startDaemon(world: World, restarted: (daemon: Daemon) => void): Daemon {
  const daemon = new Daemon(world);
  startUp(daemon, () => {
    const derp = new DerpConnections(daemon);
    const peers = world.tailnet.peers.map((facts) => new SimulatedPeer(daemon, derp, facts));
    daemon.peers = peers;
    new Network(daemon, derp, peers);
    pollStats(daemon, peers);
    startBackground(daemon);
  });
  daemon.after(world.random.wait(restartEveryMs) + 12 * 60_000, () => {
    shutDown(daemon);
    world.agenda.after(world.random.between(900, 2_500), () => restarted(startDaemon(world, restarted)));
  });
  return daemon;
}

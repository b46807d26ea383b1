// What else stands in a log: the control connection, warnings that come and go, logins, and lines that tell nothing about tunnels.
// Reference 2.5 to 2.11.
import type { Daemon } from "./daemon.ts";
import { netmapHeader, netmapRow } from "./startup.ts";
import type { PeerFacts } from "./tailnet.ts";

const minutes = 60_000;

export function startBackground(daemon: Daemon): void {
  const { random } = daemon.world;
  const often = (meanMs: number, act: () => void) => daemon.repeat(() => random.wait(meanMs), act);
  daemon.repeat(
    () => 5 * minutes,
    () => sayNetmap(daemon),
  );
  daemon.repeat(
    () => minutes,
    () => sayControlTime(daemon),
  );
  often(45_000, () => sayAccept(daemon));
  often(3 * minutes, () => daemon.say(random.pick(oddities(daemon)), random.chance(0.3) ? 1 : 0));
  often(6 * minutes, () => sayTimeout(daemon));
  often(9 * minutes, () => saySshSession(daemon));
  often(12 * minutes, () => warnOfDns(daemon));
  often(18 * minutes, () => sayNetmapDiff(daemon));
}

function sayNetmap(daemon: Daemon): void {
  const { tailnet } = daemon.world;
  daemon.say(`control: new network map (periodic):\n${netmapHeader(tailnet.self)}`, 1);
  daemon.say(`magicsock: got updated network map; ${tailnet.peers.length} peers`, 1);
}

function sayControlTime(daemon: Daemon): void {
  daemon.world.log.writeStructured(daemon.now, 1, { controltime: new Date(Math.floor(daemon.now)).toISOString() });
}

/** Its own limit of one in ten seconds is never reached: see the mean above. */
function sayAccept(daemon: Daemon): void {
  const { random, tailnet } = daemon.world;
  const [from, to] = [`${anyPeer(daemon).tailscaleIp}:${random.whole(32_768, 60_999)}`, tailnet.self.tailscaleIp];
  const flow = random.pick([
    `TCP{${from} > ${to}:22} 60 tcp ok`,
    `TCP{${from} > ${to}:443} 60 tcp ok`,
    `UDP{${from} > ${to}:53} 58 ok`,
  ]);
  daemon.say(`Accept: ${flow}`, 1);
}

function oddities(daemon: Daemon): readonly string[] {
  const { random, tailnet } = daemon.world;
  return [
    "LinkChange: minor",
    `monitor: RTM_NEWROUTE: src=, dst=${tailnet.lan.gateway}/32, gw=, outif=2, table=254`,
    `Drop: TCP{${anyPeer(daemon).tailscaleIp}:${random.whole(32_768, 60_999)} > ${tailnet.self.tailscaleIp}:3389} 60 no rules matched`,
    "localapi: [POST] /localapi/v0/prefs",
    "wgengine: Reconfig: configuring router",
    "control: mapRoutine: paused",
    `netcheck: probePortMapServices: read udp4 0.0.0.0:${random.whole(32_768, 60_999)}: i/o timeout`,
  ];
}

function sayTimeout(daemon: Daemon): void {
  const { random, tailnet } = daemon.world;
  const peer = anyPeer(daemon);
  const flow = `TCP ${tailnet.self.tailscaleIp}:${random.whole(32_768, 60_999)} => ${peer.tailscaleIp}:8080`;
  daemon.say(
    `open-conn-track: timeout opening (${flow}) to node ${peer.key}; online=yes, lastRecv=${random.whole(4, 90)}s`,
  );
}

function saySshSession(daemon: Daemon): void {
  const { random, tailnet } = daemon.world;
  const stamp = new Date(daemon.now).toISOString().replace(/[-:]|\.\d+Z/g, "");
  const [connection, session] = [`ssh-conn-${stamp}-${random.hex(10)}`, `sess-${stamp}-${random.hex(10)}`];
  const from = anyPeer(daemon).tailscaleIp;
  daemon.say(
    `${connection}: handling conn: ${from}:${random.whole(32_768, 60_999)}->root@${tailnet.self.tailscaleIp}:22`,
  );
  daemon.say(`${connection}: starting session: ${session}`);
  daemon.say(`ssh-session(${session}): handling new SSH connection from bob@example.com (${from}) to ssh-user "root"`);
  daemon.say(`ssh-session(${session}): access granted to bob@example.com as ssh-user "root"`);
  daemon.after(random.between(20_000, 400_000), () => daemon.say(`ssh-session(${session}): Session complete`));
}

function warnOfDns(daemon: Daemon): void {
  const { random, books } = daemon.world;
  const code = "dns-forward-failing";
  daemon.say(
    `health(warnable=${code}): error: Tailscale can't reach the configured DNS servers. Internet connectivity may be affected.`,
  );
  books.health(daemon.now, code, true);
  daemon.after(random.between(20_000, 90_000), () => {
    daemon.say(`health(warnable=${code}): ok`);
    books.health(daemon.now, code, false);
  });
}

/** A peer has come to other endpoints: its row is taken out and put back with them. */
function sayNetmapDiff(daemon: Daemon): void {
  const peer = anyPeer(daemon);
  const row = netmapRow(peer, daemon.world.discoKeys);
  const moved = peer.endpoints.map((endpoint) => endpoint.padStart(21)).join(" ");
  daemon.say(`netmap diff:\n- ${row}\n+ ${row} ${moved}`.trimEnd(), 1);
}

function anyPeer(daemon: Daemon): PeerFacts {
  return daemon.world.random.pick(daemon.world.tailnet.peers);
}

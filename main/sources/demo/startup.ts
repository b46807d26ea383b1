// What tailscaled says when it starts and when it stops, in its own order. Reference 2.5, 2.6 and 2.12.
import { type Daemon, daemonVersion } from "./daemon.ts";
import type { Level } from "./daemon-log.ts";
import type { PeerFacts } from "./tailnet.ts";

type Script = readonly (readonly [delayMs: number, text: string, level?: Level])[];

/** Goes through the start-up lines, then calls `running`. Delays are between one line and the next. */
export function startUp(daemon: Daemon, running: () => void): void {
  const { books, log } = daemon.world;
  log.startProcess();
  books.processStarted(daemon.now);
  let atMs = 0;
  for (const [delayMs, text, level = 0] of [...engineScript(daemon), ...controlScript(daemon)]) {
    atMs += delayMs * daemon.world.random.between(0.6, 1.5);
    daemon.after(atMs, () => daemon.say(text, level));
  }
  daemon.after(atMs + 40, () => {
    running();
    daemon.after(4_900, () => daemon.say("health(warnable=warming-up): ok"));
  });
}

function engineScript({ world: { tailnet, random } }: Daemon): Script {
  const { self, lan } = tailnet;
  const argv = [
    "/usr/sbin/tailscaled",
    "--state=/var/lib/tailscale/tailscaled.state",
    "--socket=/run/tailscale/tailscaled.sock",
    "--port=41641",
  ];
  const persist = `Persist{o=, n=${self.key} u="${self.login}" ak=-}`;
  const prefs = `Prefs{ra=false dns=true want=true routes=[] nf=on update=check ${persist}}`;
  return [
    [
      0,
      `Program starting: v${daemonVersion}, Go 1.26.6: []string{${argv.map((arg) => JSON.stringify(arg)).join(", ")}}`,
    ],
    [1, `LogID: ${self.logId}`],
    [0, 'logpolicy: using $STATE_DIRECTORY, "/var/lib/tailscale"'],
    [4, 'dns: using "systemd-resolved" mode'],
    [1, 'wgengine.NewUserspaceEngine(tun "tailscale0") ...'],
    [6, "dns: [rc=resolved nm=no resolv-conf-mode=stub ret=systemd-resolved]"],
    [1, "dns: using *dns.resolvedManager"],
    [1, `link state: ${linkState(lan.address)}`],
    [2, `magicsock: disco key = d:${random.hex(16)}`],
    [0, "Creating WireGuard device..."],
    [3, "Bringing WireGuard device up..."],
    [2, "Bringing router up..."],
    [9, "Clearing router settings..."],
    [1, "Starting network monitor..."],
    [0, "Engine created."],
    [3, `pm: using backend prefs for "profile-${random.hex(4)}": ${prefs}`],
    [1, `got LocalBackend in ${random.whole(40, 120)}ms`],
    [2, "Start"],
    [0, `Backend: logs: be:${self.logId} fe:`],
  ];
}

function controlScript({ world: { tailnet, random, discoKeys } }: Daemon): Script {
  const { self, lan, peers } = tailnet;
  const count = peers.length;
  return [
    [1, "Switching ipn state NoState -> Starting (WantRunning=true, nm=false)"],
    [1, `magicsock: SetPrivateKey called (init)`],
    [60, `control: control server key from URL: ts2021=${self.machineKey}, legacy=[nlFWp]`],
    [1, "control: doLogin(regen=false, hasUrl=false)"],
    [30, `control: RegisterReq: onode= node=${self.key} fup=false nks=false`],
    [45, "control: RegisterReq: got response; nodeKeyExpired=false, machineAuthorized=true; authURL=false"],
    [2, `control: PollNetMap: stream=true ep=[${lan.address}:41641]`, 1],
    [55, `magicsock: new contact: control-netmap usec=${random.whole(150_000, 400_000)} cached=false`],
    [1, `control: new network map (periodic):\n${netmapHeader(self)}`, 1],
    [0, `active login: ${self.login}`],
    [1, `netmap diff:\n${peers.map((peer) => `+ ${netmapRow(peer, discoKeys)}`).join("\n")}`, 1],
    [1, `magicsock: got updated network map; ${count} peers`, 1],
    [1, "wgengine: Reconfig: configuring router"],
    [2, "wgengine: Reconfig: configuring DNS"],
    [0, "dns: Set: {DefaultResolvers:[] Routes:{example.ts.net.:[]}+65arpa SearchDomains:[example.ts.net.] Hosts:13}"],
    [5, "wgengine: Reconfig done", 1],
    [1, `peerapi: serving on http://${self.tailscaleIp}:${random.whole(20_000, 60_000)}`],
    [2, "Switching ipn state Starting -> Running (WantRunning=true, nm=true)"],
    [1, `magicsock: endpoints changed: ${lan.public}:41641 (stun), ${lan.address}:41641 (local)`],
  ];
}

/** SIGTERM until the end of the process. */
export function shutDown(daemon: Daemon): void {
  daemon.say("tailscaled got signal terminated; shutting down");
  daemon.say("flushing log.");
  daemon.say("logger closing down");
  daemon.end();
}

export function linkState(address: string): string {
  return `interfaces.State{defaultRoute=eth0 ifs={eth0:[${address}/24 llu6] lo:[127.0.0.1/8 ::1/128]} v4=true v6=false}`;
}

export function netmapHeader(self: Daemon["world"]["tailnet"]["self"]): string {
  return `netmap: self: ${self.key} auth=machine-authorized u=${self.login} [${self.tailscaleIp}/32]`;
}

/** `KEY DISCO D<derp> AIPS :`, which the peer's endpoints may follow. */
export function netmapRow({ key, homeDerp, tailscaleIp }: PeerFacts, discoKeys: ReadonlyMap<string, string>): string {
  const disco = `d:${discoKeys.get(key)?.slice(0, 16)}`;
  return `${key} ${disco} ${`D${homeDerp.id}`.padEnd(2)} ${tailscaleIp.padEnd(15)} :`;
}

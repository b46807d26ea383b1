// What the network around this machine, or around the peer, does to direct paths.
import { isRecent } from "../log-age.ts";
import { networkChanges } from "../network-changes.ts";
import { hostsWithSeveralPorts, isIpv6, isPublic } from "./address-kind.ts";
import type { Cause, Situation } from "./reason.ts";

/** Which network a netcheck looked at is in doubt once the machine is in another one. */
function isOutdated({ machine }: Situation): boolean {
  const { netcheck } = machine;
  return netcheck !== null && networkChanges(machine).some(({ evidence }) => evidence.at > netcheck.evidence.at);
}

const noSocket: Cause = ({ machine }) => {
  const warning = machine.health.find(({ code }) => code === "no-udp4-bind");
  return (
    warning && {
      code: "no-udp-socket",
      doubt: "certain",
      sentence: "tailscaled could not open its UDP socket, so nothing can go or come directly.",
      remedy:
        "See which program holds the port (`ss -ulnp`), or let tailscaled choose one (`--port=0`), and restart it.",
      evidence: [warning.evidence],
    }
  );
};

const udpBlocked: Cause = (situation) => {
  const { machine, half } = situation;
  const { netcheck } = machine;
  if (netcheck?.value.udp !== false) return undefined;
  const pong = half.discovery?.pong ?? null;
  const isRefuted = pong !== null && pong.evidence.at > netcheck.evidence.at;
  const doubt = isRefuted ? "possible" : isOutdated(situation) ? "likely" : "certain";
  return {
    code: "udp-blocked",
    doubt,
    sentence:
      doubt === "certain"
        ? "UDP is blocked in the network of this machine, so everything goes by DERP."
        : "UDP was blocked in the network of this machine when it was last checked, so everything went by DERP.",
    remedy: "Let outgoing UDP through the firewall, at least to the ports 3478 and 41641, or use another network.",
    evidence: [netcheck.evidence],
  };
};

/** Ports that the peer's public address was seen with: more than one, where its NAT is a hard one. */
function isHardThere({ candidates }: Situation): boolean {
  return candidates !== null && hostsWithSeveralPorts(candidates.addrs).length > 0;
}

const isHardHere = ({ machine }: Situation) => machine.netcheck?.value.mappingVariesByDestination === true;
/** A port that the router opened makes a hard NAT a soft one. */
const isMapped = ({ machine }: Situation) =>
  machine.portMap !== null || (machine.netcheck?.value.portMapping ?? "") !== "";
const isUdpBlocked = ({ machine }: Situation) => machine.netcheck?.value.udp === false;

const openAPort =
  "Turn on UPnP or NAT-PMP in the router, or forward UDP port 41641 to this machine; opening either end is enough.";

const hardNatBoth: Cause = (situation) => {
  const { machine, candidates } = situation;
  if (isUdpBlocked(situation) || !isHardHere(situation) || !isHardThere(situation)) return undefined;
  if (machine.netcheck === null || candidates === null) return undefined;
  return {
    code: "hard-nat-both",
    doubt: isMapped(situation) || isOutdated(situation) ? "possible" : "likely",
    sentence:
      "Both ends seem to be behind a hard NAT, which gives each destination another port: neither can be told where the other is.",
    remedy: openAPort,
    evidence: [machine.netcheck.evidence, candidates.evidence],
  };
};

const hardNatHere: Cause = (situation) => {
  const { machine } = situation;
  if (isUdpBlocked(situation) || !isHardHere(situation) || isHardThere(situation) || machine.netcheck === null)
    return undefined;
  return {
    code: "hard-nat-here",
    doubt: isMapped(situation) || isOutdated(situation) ? "possible" : "likely",
    sentence: `This machine is behind a hard NAT, which gives each destination another port${
      isMapped(situation) ? ", although the router opened a port for it" : ""
    }. Whether the other end is too, the log does not say.`,
    remedy: openAPort,
    evidence: [machine.netcheck.evidence],
  };
};

const hardNatThere: Cause = (situation) => {
  const { candidates } = situation;
  if (isUdpBlocked(situation) || isHardHere(situation) || !isHardThere(situation) || candidates === null)
    return undefined;
  return {
    code: "hard-nat-there",
    doubt: "possible",
    sentence:
      "The other end may be behind a hard NAT: its public address was seen with several ports. A log from there would tell.",
    remedy: "Run `tailscale netcheck` there and look for MappingVariesByDestIP; open a port at either end.",
    evidence: [candidates.evidence],
  };
};

const ipv6OneSide: Cause = ({ machine, candidates }) => {
  const { netcheck } = machine;
  if (netcheck === null || candidates === null || netcheck.value.udp === false) return undefined;
  const reachable = candidates.addrs.filter(isPublic);
  const [six, four] = [reachable.filter(isIpv6), reachable.filter((addr) => !isIpv6(addr))];
  const lacksSix = netcheck.value.ipv6 === false && six.length > 0;
  const lacksFour = netcheck.value.ipv4 === false && four.length > 0 && six.length === 0;
  if (!lacksSix && !lacksFour) return undefined;
  const [here, there] = lacksFour ? ["IPv6", "IPv4"] : ["IPv4", "IPv6"];
  const isOnly = lacksFour || four.length === 0;
  return {
    code: "ipv6-one-side",
    doubt: isOnly ? "likely" : "possible",
    sentence: isOnly
      ? `This machine has only ${here} to the outside, and the other end can be reached by ${there} only.`
      : `The other end has ${there}, which this machine lacks, so only ${here} is left to try.`,
    remedy: `Bring ${there} to this network, or ${here} to the other end's.`,
    evidence: [netcheck.evidence, candidates.evidence],
  };
};

const noPortMapping: Cause = (situation) => {
  const { netcheck } = situation.machine;
  if (netcheck?.value.portMapping !== "" || netcheck.value.mappingVariesByDestination === false) return undefined;
  if (isUdpBlocked(situation) || isMapped(situation)) return undefined;
  return {
    code: "no-port-mapping",
    doubt: "possible",
    sentence: "The router opens no ports by itself: it offers neither UPnP nor NAT-PMP nor PCP.",
    remedy: openAPort,
    evidence: [netcheck.evidence],
  };
};

/** Endpoints that change while a path is looked for are out of date before they have been tried. */
const [churnMs, churn] = [10 * 60_000, 3];

const endpointChurn: Cause = ({ machine, latest }) => {
  const recent = machine.endpointChanges.filter((change) => isRecent(change, latest, churnMs));
  if (recent.length < churn) return undefined;
  return {
    code: "endpoint-churn",
    doubt: "possible",
    sentence: `The addresses of this machine changed ${recent.length} times within 10 minutes, so those that were tried may have been out of date.`,
    remedy: "Look for an interface or a VPN that comes and goes, or a NAT that forgets within seconds.",
    evidence: recent.toReversed(),
  };
};

export const networkCauses: readonly Cause[] = [
  noSocket,
  udpBlocked,
  hardNatBoth,
  hardNatHere,
  hardNatThere,
  ipv6OneSide,
  endpointChurn,
  noPortMapping,
];

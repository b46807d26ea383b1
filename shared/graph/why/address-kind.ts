// What an address says about the network that it is in.

const local: readonly RegExp[] = [
  /^10\./,
  /^127\./,
  /^169\.254\./,
  /^172\.(?:1[6-9]|2\d|3[01])\./,
  /^192\.168\./,
  // Behind a carrier's NAT, and the tailnet's own range.
  /^100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\./,
  /^\[(?:::1\]|fe[89ab]|f[cd])/i,
];

/** `[2001:db8::1]:41641` */
export function isIpv6(endpoint: string): boolean {
  return endpoint.startsWith("[");
}

/** Whether others can reach it from outside its own network, unless something in between forbids it. */
export function isPublic(endpoint: string): boolean {
  return !local.some((range) => range.test(endpoint));
}

/** The public IPv4 addresses that stand there with more than one port: their NAT gave each destination another one. */
export function hostsWithSeveralPorts(endpoints: readonly string[]): string[] {
  const ports = new Map<string, Set<string>>();
  for (const endpoint of endpoints) {
    if (isIpv6(endpoint) || !isPublic(endpoint)) continue;
    const [host = "", port = ""] = endpoint.split(":");
    ports.set(host, (ports.get(host) ?? new Set()).add(port));
  }
  return [...ports].filter(([, seen]) => seen.size > 1).map(([host]) => host);
}

// An mtail program that extracts from a log what `gristmill grind` tells of it: counters by peer key, path and DERP region by peer, home DERP, open
// DERP connections, version, netcheck, warnings. mtail has neither loops nor lists: each place of a keys or stats line is a group of
// its own, and the key in that place is kept in a hidden variable. It knows no time labels, evidence, resets, rates, events or losses, and leaves out the
// smaller facts (packets dropped, connections that time out, disco messages), so mtail has less to do than `grind`.

/** Places of a keys line; what stands behind them mtail does not see. */
const places = 48;
/** mtail's own limits are made for shorter programs. */
export const mtailLimits = ["--max_recursion_depth=1000", "--max_regexp_length=100000"];

const each = (line: (place: number) => string) => Array.from({ length: places }, (_, place) => line(place)).join("\n");

/** One item, and then up to `places` of them in all, each behind a space. */
function list(item: (place: number) => string): string {
  const from = (place: number): string => (place === places ? "" : `(?: ${item(place)}${from(place + 1)})?`);
  return `${item(0)}${from(1)}`;
}

const key = (place: number) => `(?P<key${place}>\\[\\S{5}\\])`;
const counters = (place: number) => `(?P<rx${place}>\\d+)\\/(?P<tx${place}>\\d+)`;

/** For text with Go's dates. */
export const mtailProgram = `
gauge rx by peer
gauge tx by peer
hidden text key by place
text path by peer
text derp by peer
text version
text home_derp
text netcheck
gauge derp_open by region
text health by code

/^\\S+ \\S+ peer keys: ${list(key)}$/ {
${each((place) => `$key${place} != "" {\nkey["${place}"] = $key${place}\n}`)}
stop
}
/^\\S+ \\S+ v(?P<version>\\S+) peers: ${list(counters)}$/ {
version = $version
${each((place) => `rx[key["${place}"]] = $rx${place}\ntx[key["${place}"]] = $tx${place}`)}
stop
}
/magicsock: disco: node (?P<peer>\\[\\S{5}\\]) \\S+ now using (?P<address>\\S+)/ {
path[$peer] = $address
stop
}
/magicsock: adding connection to derp-(?P<region>\\d+) for (?P<peer>\\[\\S{5}\\])/ {
derp_open[$region] = 1
derp[$peer] = $region
stop
}
/magicsock: closing connection to derp-(?P<region>\\d+) / {
derp_open[$region] = 0
stop
}
/magicsock: derp route for (?P<peer>\\[\\S{5}\\]) set to derp-(?P<region>\\d+) / {
derp[$peer] = $region
stop
}
/magicsock: home is now derp-(?P<region>\\d+)/ {
home_derp = $region
stop
}
/netcheck: report: (?P<report>.*)$/ {
netcheck = $report
stop
}
/health\\(warnable=(?P<code>[^)]+)\\): (?P<state>.*)$/ {
health[$code] = $state
}
`;

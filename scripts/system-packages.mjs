// What the tests need of the system: a Chromium, and on Linux the programs that write and rotate logs; and what the benches compare with. Installed where
// that can be done, named where it cannot.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

const needs = [
  {
    what: "Chromium",
    package: "chromium",
    found: () => chromiumPath() !== undefined,
    remedy:
      "install it (Debian: `apt-get install chromium`), or set GRISTMILL_CHROMIUM to the path of a Chromium or Chrome",
  },
  ...(process.platform === "linux"
    ? [
        {
          what: "systemd-journal-remote",
          package: "systemd-journal-remote",
          found: () => existsSync("/lib/systemd/systemd-journal-remote"),
          remedy: "install it (Debian: `apt-get install systemd-journal-remote`)",
        },
        {
          what: "zstd",
          package: "zstd",
          found: () => existsSync("/usr/bin/zstd"),
          remedy: "install it (Debian: `apt-get install zstd`)",
        },
        {
          what: "logrotate",
          package: "logrotate",
          found: () => existsSync("/usr/sbin/logrotate"),
          remedy: "install it (Debian: `apt-get install logrotate`)",
        },
      ]
    : []),
];

/** What `npm run bench` sets Gristmill beside, by Debian package and program. */
const rivals = ["mtail", "lnav", "zstd"].map((name) => ({
  what: name,
  package: name,
  found: () => hasProgram(name),
  remedy: `install it (Debian: \`apt-get install ${name}\`)`,
}));

const chromiumPlaces = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
];

/** @returns {string | undefined} path of a Chromium that is installed here. */
export function chromiumPath() {
  return [process.env.GRISTMILL_CHROMIUM, ...chromiumPlaces].find((place) => place !== undefined && existsSync(place));
}

/** @param {string} name */
export function hasProgram(name) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => existsSync(join(folder, name)));
}

/** Ends the process with what to install, unless everything is there or can be installed here (Debian, as root). */
export function ensureSystemPackages() {
  const still = installMissing(needs);
  for (const need of still) console.error(`The tests need ${need.what}, and it is not here: ${need.remedy}.`);
  if (still.length > 0) process.exit(1);
}

/** Installs what the benches compare with where that can be done; elsewhere their rows say that they were not run. */
export function installRivals() {
  for (const { what, remedy } of installMissing(rivals)) console.error(`${what} is not compared with: ${remedy}.`);
}

/**
 * @template {{ what: string, package: string, found: () => boolean }} Need
 * @param {readonly Need[]} needed
 * @returns {readonly Need[]} what is still not here.
 */
function installMissing(needed) {
  const missing = needed.filter((need) => !need.found());
  if (missing.length === 0) return missing;
  const isDebianRoot = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (isDebianRoot) {
    console.error(`Installing ${missing.map((need) => need.what).join(", ")} from Debian …`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update", "-qq"], { stdio: ["ignore", "ignore", 2], env });
    const names = missing.map((need) => need.package);
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...names], {
      stdio: ["ignore", "ignore", 2],
      env,
    });
  }
  return missing.filter((need) => !need.found());
}

// Loaded before every test and, through NODE_OPTIONS, by every gristmill process that a test starts:
// a connection to anything but this machine's loopback fails the test instead of leaving the machine.
import net from "node:net";

const loopbackNames = new Set(["localhost", "::1", "[::1]"]);

/** True for the addresses that a test may dial. */
export function isLoopback(host: string): boolean {
  return loopbackNames.has(host) || /^127(\.\d{1,3}){3}$/.test(host) || host.startsWith("::ffff:127.");
}

/** The NODE_OPTIONS that put a child process under the same rule. */
export const loopbackOnlyNodeOptions = `--import=${import.meta.url}`;

type Connect = typeof net.Socket.prototype.connect;
const connect: Connect = net.Socket.prototype.connect;

function guarded(this: net.Socket, ...args: Parameters<Connect>): net.Socket {
  const first: unknown = Array.isArray(args[0]) ? args[0][0] : args[0];
  const options = typeof first === "object" && first !== null ? (first as { host?: string; path?: string }) : {};
  const host = options.path === undefined ? (options.host ?? "localhost") : "localhost";
  if (!isLoopback(host)) throw new Error(`a test tried to dial ${host}: tests talk to loopback only`);
  return Reflect.apply(connect, this, args) as net.Socket;
}
net.Socket.prototype.connect = guarded as Connect;

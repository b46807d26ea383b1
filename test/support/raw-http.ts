// HTTP as bytes on a socket: for what no client library would send.
import net from "node:net";
import { onTestFinished } from "vitest";

export interface RawConnection {
  readonly socket: net.Socket;
  /** What came back so far. */
  readonly answer: () => string;
  /** Resolves once the other end has closed the connection. */
  readonly closed: Promise<void>;
}

/** Connects to the server at `url` and sends `bytes`. */
export function connectRaw(url: string, bytes: string | Buffer = ""): RawConnection {
  const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk: Buffer) => {
    answer += chunk.toString("latin1");
  });
  const closed = new Promise<void>((resolve) => {
    socket.on("close", () => resolve());
  });
  socket.on("error", () => undefined); // A connection that is reset is one that is closed.
  socket.write(bytes);
  onTestFinished(() => void socket.destroy());
  return { socket, answer: () => answer, closed };
}

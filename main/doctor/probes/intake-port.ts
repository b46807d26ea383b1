// Who holds the port of the intake.
import { once } from "node:events";
import { request } from "node:http";
import { createServer } from "node:net";
import { isIntakeAnswer } from "../../sources/intake/receiver.ts";
import type { IntakeFacts } from "../facts.ts";

export async function probeIntakePort(port: number, signal: AbortSignal): Promise<IntakeFacts> {
  if (await isFree(port)) return { port, heldBy: "nobody" };
  return { port, heldBy: (await answersAsIntake(port, signal)) ? "gristmill" : "another" };
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch {
    return false;
  }
  server.close();
  await once(server, "close");
  return true;
}

function answersAsIntake(port: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    request({ host: "127.0.0.1", port, path: "/", agent: false, signal }, (response) => {
      response.resume();
      resolve(isIntakeAnswer(response));
    })
      .on("error", () => resolve(false)) // It does not speak HTTP.
      .end();
  });
}

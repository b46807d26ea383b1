// Places where a test ends the process as a power failure or `kill -9` would, to see what is left. The list is every place after which the
// files say something else than before it. Numbers are for ever: a run that failed is repeated by them. New points go to the end.

const points = [
  "encoded, not appended", // 1
  "appended, not durable", // 2
  "durable, not said", // 3
  "segment closed, no index", // 4
  "index written, no next segment", // 5
  "staged, not renamed", // 6
  "renamed, folder not durable", // 7
  "damage set aside, segment not mended", // 8
  "index removed, segment not mended", // 9
  "loss declared, segment not deleted", // 10
  "segment deleted, index not", // 11
  "receipt here, cursor not moved", // 12
  "request judged, not appended", // 13
  "durable, not answered", // 14
  "packed, not ready", // 15
  "ready, not in its place", // 16
  "packed twin in its place, segment not deleted", // 17
] as const;

export type FaultPoint = (typeof points)[number];

export const faultPointCount = points.length;

/** Which point a test armed, and how many times it may still be passed: GRISTMILL_FAULT_POINT=<number>:<times>. */
let armed = read(process.env.GRISTMILL_FAULT_POINT);

/** Costs one comparison where no test armed anything. */
export function faultPoint(point: FaultPoint): void {
  if (armed === undefined || point !== armed.point) return;
  if (armed.passes > 0) armed = { point, passes: armed.passes - 1 };
  else process.kill(process.pid, "SIGKILL");
}

function read(setting: string | undefined): { readonly point: FaultPoint; readonly passes: number } | undefined {
  const [, number, passes] = /^(\d{1,3}):(\d{1,9})$/.exec(setting ?? "") ?? [];
  const point = points[Number(number) - 1];
  return point === undefined ? undefined : { point, passes: Number(passes) };
}

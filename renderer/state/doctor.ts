// What the doctor said last, and how the examination goes that runs now. One writer: examine.ts.
import { create } from "zustand";
import type { Diagnosis, Examination } from "../../shared/rpc/shapes.ts";

export interface DoctorState {
  /** Of the last examination that came to an end; null before there was one. */
  readonly diagnosis: Diagnosis | null;
  /** When that was, in ms since 1970. */
  readonly time: number | null;
  /** What the examination that runs looks at still; null while none runs. */
  readonly looking: readonly string[] | null;
  /** At how many places it has begun to look; 0 until it has said so. */
  readonly places: number;
  /** Why the last examination came to no diagnosis; null when it did. */
  readonly failure: string | null;
}

export const useDoctor = create<DoctorState>(() => ({
  diagnosis: null,
  time: null,
  looking: null,
  places: 0,
  failure: null,
}));

export function examinationBegan(): void {
  useDoctor.setState({ looking: [], places: 0, failure: null });
}

export function examinationSaid(said: Examination): void {
  useDoctor.setState((state) => changeOf(said, state));
}

function changeOf(said: Examination, { places }: DoctorState): Partial<DoctorState> {
  switch (said.kind) {
    case "looking":
      return { looking: said.at, places: Math.max(places, said.at.length) };
    case "diagnosis":
      return { looking: null, diagnosis: said.diagnosis, time: said.time };
    case "failed":
      return { looking: null, failure: said.sentence };
  }
}

/** Nobody waits for it any more; what the one before said stays. */
export function examinationLeft(): void {
  useDoctor.setState({ looking: null });
}

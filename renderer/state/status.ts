// Sources, spool and uploader as main last told them. One writer: statusReceived.
import { create } from "zustand";
import type { Status } from "../../shared/rpc/shapes.ts";

export interface StatusState {
  readonly status: Status | null;
}

export const useStatus = create<StatusState>(() => ({ status: null }));

export function statusReceived(status: Status): void {
  useStatus.setState({ status });
}

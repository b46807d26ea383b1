/**
 * The LocalAPI could not be used. The message is a sentence that says what to do.
 * missing: nobody listens. refused: this user may not connect. in-use: another user of this machine has it. forbidden: this call is not for this
 * user. unknown-call: the daemon is older than it.
 */
export class LocalApiError extends Error {
  override readonly name = "LocalApiError";
  readonly kind: "missing" | "refused" | "in-use" | "forbidden" | "unknown-call" | "other";

  constructor(kind: LocalApiError["kind"], sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.kind = kind;
  }
}

/** A refusal by the node, with the codes of rpc-client-api/src/custom_error.rs in anza-xyz/agave. */
export class RpcRefusal extends Error {
  readonly code: number;
  readonly data: unknown;
  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

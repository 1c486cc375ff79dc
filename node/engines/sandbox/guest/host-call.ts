/** A function of the sandbox process that isolated-vm lets the isolate call and wait for. Never given to the program. */
export interface HostCall {
  applySyncPromise(receiver: undefined, args: unknown[], options: object): unknown
}

/** How one test server differs from a good one. */
export interface TestServerOptions {
  /**
   * `runsc` (default): registered as workspaces need it. `runc-only`: not registered at all.
   * `runsc-is-runc`: the name is there, but runc is behind it.
   */
  runtimes?: 'runsc' | 'runc-only' | 'runsc-is-runc';
  /** `valid` (default) for its address and name; `wrong-name` for another host's; `expired` yesterday. */
  certificate?: 'valid' | 'wrong-name' | 'expired';
}

/** Where a request comes from, for people who look at it later. Neither proves anything about who asks. */
export interface CallSource {
  /** IP address of the client, past trusted proxies; empty when the connection has none. */
  address: string;
  userAgent: string | undefined;
}

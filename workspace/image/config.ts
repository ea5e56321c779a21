/** What of the environment matters to the image builder. */
export interface ImageBuildConfig {
  /** Proxies that the machine's own apt and wget use; undefined when there is none. */
  httpProxy: string | undefined;
  httpsProxy: string | undefined;
  /** Where the root file system is unpacked, on a file system that allows device nodes; needs 500 MB. */
  workDirectory: string;
}

/** Reads `http_proxy`, `https_proxy` (either case) and `TMPDIR`; `/var/tmp` where that is unset. */
export function loadImageBuildConfig(environment: NodeJS.ProcessEnv = process.env): ImageBuildConfig {
  const read = (name: string) => environment[name] || environment[name.toUpperCase()] || undefined;
  return {
    httpProxy: read('http_proxy'),
    httpsProxy: read('https_proxy'),
    workDirectory: environment.TMPDIR || '/var/tmp',
  };
}

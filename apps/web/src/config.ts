/** What the server reads from its environment, when it starts and never when it is built: one build serves any domain. */
export interface WebConfig {
  /** Origin of api as the browser reaches it, without a trailing slash. Undefined: port `apiPort` of the page's own host. */
  apiUrl: string | undefined;
  /** Origin of the live WebSocket and the terminals. Undefined: that of api, as ws or wss. */
  wsUrl: string | undefined;
  apiPort: number;
  /** Domain of previews, with its port where one is named, as api has it. */
  previewDomain: string | undefined;
  /** Port of previews on the page’s host, as api has it. */
  previewPort: number | undefined;
  /** Where people open the page. Undefined: under any name. */
  pageOrigin: string | undefined;
  /** Address that api has beside this server, for its health: loopback, unless both listen on one address alone. */
  ownAddress: string;
  /** `next dev`: its tools need a looser policy. */
  isDevelopment: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_API_PORT = 3001;

/**
 * The variables are read through the parameter: `process.env.NEXT_PUBLIC_…` written out would be replaced by its value at build time.
 *
 * @throws Error that lists every wrong variable at once.
 */
export function loadConfig(environment: Environment = process.env): WebConfig {
  const problems: string[] = [];
  const config: WebConfig = {
    apiUrl: readOrigin(environment, 'NEXT_PUBLIC_API_URL', ['http:', 'https:'], problems),
    wsUrl: readOrigin(environment, 'NEXT_PUBLIC_WS_URL', ['ws:', 'wss:'], problems),
    pageOrigin: readOrigin(environment, 'FRONTEND_URL', ['http:', 'https:'], problems),
    apiPort: readPort(environment, 'PODEX_API_PORT', problems) ?? DEFAULT_API_PORT,
    previewDomain: readHost(environment, 'PREVIEW_DOMAIN', problems),
    previewPort: readPort(environment, 'PREVIEW_PORT', problems),
    ownAddress: readOwnAddress(environment.HOSTNAME),
    isDevelopment: environment.NODE_ENV === 'development',
  };
  if (problems.length === 0) return config;
  throw new Error(
    `web can't start, its environment is invalid:\n${problems.map((line) => `  - ${line}`).join('\n')}`,
  );
}

function readOrigin(
  environment: Environment,
  name: string,
  protocols: readonly string[],
  problems: string[],
): string | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  const url = URL.parse(text);
  if (url !== null && protocols.includes(url.protocol) && url.pathname === '/' && url.search === '') {
    return `${url.protocol}//${url.host}`;
  }
  problems.push(`${name}: must be an origin such as ${protocols.at(-1)}//api.example.com, without a path`);
  return undefined;
}

function readPort(environment: Environment, name: string, problems: string[]): number | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  const port = Number(text);
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
  problems.push(`${name}: must be a port between 1 and 65535`);
  return undefined;
}

/** It stands in a policy, so nothing but a host may get through. */
function readHost(environment: Environment, name: string, problems: string[]): string | undefined {
  const text = environment[name];
  if (text === undefined || text === '') return undefined;
  if (/^[a-z0-9.-]+(:\d{1,5})?$/i.test(text)) return text.toLowerCase();
  problems.push(`${name}: must be a host name with or without a port, as on api`);
  return undefined;
}

/** HOSTNAME is where this server listens. In a container it may be the container's own name, which has no dot and says nothing. */
function readOwnAddress(hostname: string | undefined): string {
  if (hostname === undefined || hostname === '0.0.0.0' || hostname === '::') return '127.0.0.1';
  if (hostname.includes(':')) return `[${hostname}]`;
  return hostname.includes('.') ? hostname : '127.0.0.1';
}

/** What `/env.js` leaves on the page before any other script runs. */
interface PageSettings {
  apiUrl: string | null;
  wsUrl: string | null;
  apiPort: number;
}

declare global {
  interface Window {
    __PODEX_ENV?: PageSettings;
  }
}

const DEFAULT_API_PORT = 3001;

/** Origin of api: as configured, else the api port of the host that served this page. */
export function apiUrl(): string {
  const settings = window.__PODEX_ENV;
  if (settings?.apiUrl) return settings.apiUrl;
  const { protocol, hostname } = window.location;
  return `${protocol}//${hostname}:${settings?.apiPort ?? DEFAULT_API_PORT}`;
}

/** Origin for WebSockets: as configured, else that of api. */
export function socketUrl(): string {
  return window.__PODEX_ENV?.wsUrl ?? apiUrl().replace(/^http/, 'ws');
}

import { loadConfig } from './config.ts';

/** Runs once, before the first request: a wrong variable stops the server here, with one message that lists them all. */
export function register(): void {
  loadConfig();
}

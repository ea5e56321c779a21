import { loadConfig } from './config.ts';

/**
 * A wrong variable stops the server before its first request, with one message that lists them all. Left to itself, Next would go
 * running and respond to every request with an error.
 */
export function requireGoodEnvironment(): void {
  try {
    loadConfig();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  }
}

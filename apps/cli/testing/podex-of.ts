import path from 'node:path';
import { execa } from 'execa';
import type { TestApi, TestUser } from '../../../services/api/testing/test-api.ts';
import { temporaryFolder } from '../../../tests/temporary-folder.ts';

const MAIN = path.join(import.meta.dirname, '../src/main.ts');

/** `podex` as a user types it: a process with an environment and a home of its own, that talks to this api. Never rejects. */
export function podexOf(api: () => Pick<TestApi, 'baseUrl'>) {
  let home: string | undefined;
  const withInput =
    (input: string) =>
    (user: Pick<TestUser, 'token'>, ...words: string[]) => {
      home ??= temporaryFolder('cli');
      return execa(process.execPath, [MAIN, ...words], {
        reject: false,
        extendEnv: false,
        input,
        env: {
          PATH: process.env.PATH,
          PODEX_HOME: home,
          XDG_CONFIG_HOME: home,
          PODEX_API_PORT: new URL(api().baseUrl).port,
          PODEX_TOKEN: user.token,
        },
      });
    };
  /** `with`: what is typed, or comes through a pipe. */
  return Object.assign(withInput(''), { with: withInput });
}

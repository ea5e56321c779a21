import {
  type GitSelection,
  gitDiffQuery,
  gitLogQuery,
  gitSelectionInput,
  gitStatusQuery,
  repositoryQuery,
} from '@podex/contracts/git';
import { GIT_BODY_BYTES_MAX } from '@podex/contracts/limits';
import { type Answer, type Call, type Route, readJson } from '../http/router.ts';
import { KeyedLock } from '../waiting/keyed-lock.ts';
import { readDiff } from './diff.ts';
import type { GitPlace } from './git-process.ts';
import { readBranches, readLog, readStashes } from './history.ts';
import { findRepositories } from './repositories.ts';
import { type GitHome, placeToChange, placeToRead } from './safe-reading.ts';
import { discard, type Places, stage, unstage } from './selected-changes.ts';
import { readStatus } from './status.ts';

/** Routes of git that the files process serves; actions that take long are commands, see `git-actions.ts`. */
export const GIT_PATHS = {
  reading: ['/git/repositories', '/git/status', '/git/diff', '/git/log', '/git/branches', '/git/stashes'],
  changing: ['/git/stage', '/git/unstage', '/git/discard'],
} as const;

/** Repositories, with the rights of this process. */
export function gitRoutes(home: GitHome): Route[] {
  const locks = new KeyedLock();
  const reading = (
    path: (typeof GIT_PATHS.reading)[number],
    read: (place: GitPlace, call: Call) => Promise<unknown>,
  ): Route => ({
    method: 'GET',
    path,
    async answer(call) {
      const place = await placeToRead(home, repositoryQuery.parse(call.query).path, call.signal);
      return { status: 200, body: await read(place, call) };
    },
  });
  const changing = (
    path: (typeof GIT_PATHS.changing)[number],
    change: (places: Places, selection: GitSelection) => Promise<void>,
  ): Route => ({
    method: 'POST',
    path,
    async answer({ request }): Promise<Answer> {
      const selection = await readJson(request, gitSelectionInput, GIT_BODY_BYTES_MAX);
      // What was begun is finished, also when the client has gone away.
      const { signal } = new AbortController();
      using _held = await locks.acquire(selection.path);
      const [forReading, forChanging] = await Promise.all([
        placeToRead(home, selection.path, signal),
        placeToChange(home, selection.path, signal),
      ]);
      await change({ reading: forReading, changing: forChanging, homePath: home.homePath }, selection);
      return { status: 204 };
    },
  });
  return [
    {
      method: 'GET',
      path: '/git/repositories',
      answer: async ({ signal }) => ({ status: 200, body: await findRepositories(home.homePath, signal) }),
    },
    reading('/git/status', (place, { query }) => readStatus(place, gitStatusQuery.parse(query))),
    reading('/git/diff', (place, { query }) => readDiff(place, gitDiffQuery.parse(query))),
    reading('/git/log', (place, { query }) => readLog(place, gitLogQuery.parse(query))),
    reading('/git/branches', readBranches),
    reading('/git/stashes', readStashes),
    changing('/git/stage', stage),
    changing('/git/unstage', unstage),
    changing('/git/discard', discard),
  ];
}

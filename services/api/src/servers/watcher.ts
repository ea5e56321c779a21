import { createHash } from 'node:crypto';
import type { ServerId } from '@podex/contracts/ids';

/**
 * Which of the computes that reach a server watches over it. All of them come to the same without asking each other, each has its share of
 * the servers, and when one is gone only its own share is handed on. Source: rendezvous hashing, Thaler and Ravishankar, 1996.
 */
export function watcherOf(id: ServerId, workers: Iterable<string>): string | undefined {
  let found: { worker: string; weight: string } | undefined;
  for (const worker of workers) {
    const weight = createHash('sha1').update(`${id} ${worker}`).digest('hex');
    if (found === undefined || weight > found.weight) found = { worker, weight };
  }
  return found?.worker;
}

import { randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { RUNNING_MAX } from '../../services/api/src/accounts/password-checks.ts';
import type { Person } from '../../tests/stack/person.ts';
import { type Measured, type Summary, summarise } from '../statistics.ts';
import { type Replica, signIn } from './scene.ts';

/** The cost that better-auth hashes passwords with. */
const SCRYPT = { N: 16_384, r: 16, p: 1, maxmem: 64 * 1024 * 1024 };
const KEY_BYTES = 64;
const derive = promisify<string, string, number, typeof SCRYPT, Buffer>(scrypt);

export interface SignIns {
  times: Measured;
  perSecond: { ours: number; raw: number };
}

/** Everybody signs in once a round, as many at a time as api checks passwords at once; against the hash alone, in turns. */
export async function measureSignIns(
  api: Replica,
  people: readonly Person[],
  rounds: number,
): Promise<SignIns> {
  const ours = new Batches();
  const raw = new Batches();
  for (let round = 0; round < rounds; round += 1) {
    await raw.run(people, ({ password }) =>
      derive(password, randomBytes(16).toString('hex'), KEY_BYTES, SCRYPT),
    );
    await ours.run(people, (person) => signIn(api, person));
  }
  return {
    times: { ours: ours.times, raw: raw.times },
    perSecond: { ours: ours.perSecond, raw: raw.perSecond },
  };
}

class Batches {
  readonly #samplesMs: number[] = [];
  #failed = 0;
  #elapsedMs = 0;

  async run(people: readonly Person[], work: (person: Person) => Promise<unknown>): Promise<void> {
    const startedAt = performance.now();
    const waiting = people.values();
    const worker = async () => {
      for (const person of waiting) {
        const beganAt = performance.now();
        await work(person).then(
          () => this.#samplesMs.push(performance.now() - beganAt),
          () => {
            this.#failed += 1;
          },
        );
      }
    };
    await Promise.all(Array.from({ length: RUNNING_MAX }, worker));
    this.#elapsedMs += performance.now() - startedAt;
  }

  get times(): Summary {
    return summarise(this.#samplesMs, this.#failed);
  }

  get perSecond(): number {
    return (this.#samplesMs.length / this.#elapsedMs) * 1_000;
  }
}

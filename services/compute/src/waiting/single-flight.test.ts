import { describe, expect, it } from 'vitest';
import { freshFlight, SingleFlight } from './single-flight.ts';

function deferred<Value>() {
  return Promise.withResolvers<Value>();
}

describe('SingleFlight', () => {
  it('shares work under way, and its failure, and remembers neither', async () => {
    const flights = new SingleFlight<string, number>();
    const gate = deferred<number>();
    let runs = 0;
    const work = () => {
      runs += 1;
      return gate.promise;
    };
    const both = Promise.allSettled([flights.run('a', work), flights.run('a', work)]);
    gate.reject(new Error('no'));
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(runs).toBe(1);
    expect(await flights.run('a', async () => 7)).toBe(7);
  });
});

describe('freshFlight', () => {
  it('gives who asks during a run the next run, and only one of it', async () => {
    const gates = [deferred<void>(), deferred<void>()];
    let runs = 0;
    const ask = freshFlight(async () => {
      const run = runs;
      runs += 1;
      await gates[run]?.promise;
      return run;
    });
    const first = ask();
    const during = [ask(), ask()];
    gates[0]?.resolve();
    expect(await first).toBe(0);
    gates[1]?.resolve();
    expect(await Promise.all(during)).toEqual([1, 1]);
    expect(runs).toBe(2);
  });

  it('goes on after a failure', async () => {
    let runs = 0;
    const ask = freshFlight(async () => {
      runs += 1;
      if (runs === 1) throw new Error('no');
      return runs;
    });
    const [failed, next] = await Promise.allSettled([ask(), ask()]);
    expect(failed?.status).toBe('rejected');
    expect(next).toEqual({ status: 'fulfilled', value: 2 });
  });
});

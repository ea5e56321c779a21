import { expect, it } from 'vitest';
import { KeyedLock } from './keyed-lock.ts';

it('lets one holder a key in at a time, in order, and different keys at once', async () => {
  const locks = new KeyedLock();
  const events: string[] = [];
  const first = await locks.acquire('a');
  const second = locks.acquire('a').then((held) => {
    events.push('second');
    return held;
  });
  const third = locks.acquire('a').then((held) => {
    events.push('third');
    return held;
  });
  const other = await locks.acquire('b');
  events.push('other');
  first[Symbol.dispose]();
  (await second)[Symbol.dispose]();
  (await third)[Symbol.dispose]();
  other[Symbol.dispose]();
  expect(events).toEqual(['other', 'second', 'third']);
});

import { expect, it } from 'vitest';
import { BoundedQueue } from './password-checks.ts';

const refuse = () => new Error('too many');

it('runs few at once, lets some wait, and refuses the rest', async () => {
  const queue = new BoundedQueue({ running: 2, waiting: 3, refuse });
  const finish: (() => void)[] = [];
  let running = 0;
  let most = 0;
  const work = async () => {
    running += 1;
    most = Math.max(most, running);
    await new Promise<void>((resolve) => finish.push(resolve));
    running -= 1;
  };
  const outcomes = Array.from({ length: 6 }, () => queue.run(work));
  const settled = Promise.allSettled(outcomes);
  await expect(outcomes[5]).rejects.toThrow('too many');
  for (let done = 0; done < 5; done += 1) {
    await expect.poll(() => finish.length).toBeGreaterThan(done);
    finish[done]?.();
  }
  expect((await settled).map(({ status }) => status)).toEqual([...Array(5).fill('fulfilled'), 'rejected']);
  expect(most).toBe(2);
});

it('gives the place back when the work fails', async () => {
  const queue = new BoundedQueue({ running: 1, waiting: 0, refuse });
  await expect(queue.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await queue.run(() => Promise.resolve('yes'))).toBe('yes');
});

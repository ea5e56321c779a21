import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { Activity, isUse } from './activity.ts';

describe('Activity', () => {
  it('tells of each workspace once, and again after a failure', async () => {
    const told: (readonly string[])[] = [];
    let isDown = true;
    const activity = new Activity(async (ids) => {
      if (isDown) throw new Error('api is down');
      told.push(ids);
    });
    const id = newId('workspace');
    activity.note(id);
    activity.note(id);
    await expect(activity.flush()).rejects.toThrow('api is down');
    isDown = false;
    await activity.flush();
    await activity.flush();
    expect(told).toEqual([[id]]);
  });
});

describe('isUse', () => {
  it.each([
    ['GET', '/files?path=/', false],
    ['GET', '/watch', false],
    ['GET', '/terminals', false],
    ['GET', '/commands/cmd_1?wait_ms=60000', true],
    ['PUT', '/files/content?path=a', true],
    ['POST', '/terminals', true],
  ])('%s %s', (method, path, expected) => {
    expect(isUse(method, path)).toBe(expected);
  });
});

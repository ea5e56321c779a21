import { describe, expect, it } from 'vitest';
import { defaultPoolSize, poolNote } from './warm-pool.ts';

describe('the warm pool of podex up', () => {
  it('is one container where a workspace still fits beside it', () => {
    expect([2048, 4096, 7167, 7168, 7800, 32_768].map(defaultPoolSize)).toEqual([0, 0, 0, 1, 1, 1]);
  });

  it('is told, with what changes it', () => {
    expect(poolNote({}, 16_384)).toMatch(/^Warm pool: one container .*COMPUTE_WARM_POOL_SIZE=0/);
    expect(poolNote({}, 3900)).toMatch(/^Warm pool: off\. This machine has 3\.8 GB of memory, .* 7 GB/);
  });

  it('is the operator’s to say', () => {
    expect(poolNote({ COMPUTE_WARM_POOL_SIZE: '0' }, 16_384)).toBeUndefined();
  });
});

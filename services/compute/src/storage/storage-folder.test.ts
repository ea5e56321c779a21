import { describe, expect, it } from 'vitest';
import { storageFolder } from './storage-folder.ts';

describe('storageFolder', () => {
  it.each(['..', 'a/b', '', '.', '-rf', 'a:b', 'a b', '../../etc'])('refuses %j', (key) => {
    expect(() => storageFolder(key, '/s')).toThrow('folder name');
  });

  it('takes what api makes', () => {
    expect(storageFolder('8d7c0a51-3f0e-4a53-9d7a-0b8f0a1e2c3d', '/s')).toBe(
      '/s/8d7c0a51-3f0e-4a53-9d7a-0b8f0a1e2c3d',
    );
  });
});

import { describe, expect, it } from 'vitest';
import { isSameRuntime, parseRunscRelease } from './runsc-runtime.ts';

describe('a release of runsc', () => {
  it("is read from gVisor's and from Debian's version text", () => {
    expect(parseRunscRelease('runsc version release-20250902.0\nspec: 1.1.0-rc.1\n')).toBe(20250902);
    expect(parseRunscRelease('runsc version 0.0~20240729.0\nspec: 1.0.2-dev\n')).toBe(20240729);
  });

  it('is 0 when the text names no date', () => {
    expect(parseRunscRelease('runsc version VERSION_MISSING\n')).toBe(0);
  });
});

describe('a registered runtime', () => {
  const wanted = { path: '/usr/bin/runsc', runtimeArgs: ['--overlay2=none'] };

  it('is the same only with the same program and arguments', () => {
    expect(isSameRuntime({ ...wanted }, wanted)).toBe(true);
    expect(isSameRuntime({ ...wanted, runtimeArgs: [] }, wanted)).toBe(false);
    expect(isSameRuntime({ ...wanted, path: 'runc' }, wanted)).toBe(false);
    expect(isSameRuntime(undefined, wanted)).toBe(false);
  });
});

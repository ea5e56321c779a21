import { mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../tests/temporary-folder.ts';
import { buildEnvironment } from './build-page.ts';
import { hashSources } from './source-hash.ts';

function freshTree(): string {
  const root = temporaryFolder('hash');
  mkdirSync(path.join(root, 'web/src'), { recursive: true });
  writeFileSync(path.join(root, 'web/src/page.tsx'), 'page');
  writeFileSync(path.join(root, 'lock.json'), '{}');
  return root;
}

describe('the hash of the page’s sources', () => {
  const paths = ['web', 'lock.json', 'missing'];

  it('follows content and names, not dates', async () => {
    const root = freshTree();
    const file = path.join(root, 'web/src/page.tsx');
    const before = await hashSources(root, paths);
    utimesSync(file, 1, 1);
    expect(await hashSources(root, paths)).toBe(before);
    writeFileSync(file, 'another page');
    expect(await hashSources(root, paths)).not.toBe(before);
    writeFileSync(file, 'page');
    expect(await hashSources(root, paths)).toBe(before);
    renameSync(file, path.join(root, 'web/src/other.tsx'));
    expect(await hashSources(root, paths)).not.toBe(before);
  });

  it('does not follow what is made, nor tests and documents', async () => {
    const root = freshTree();
    const before = await hashSources(root, paths);
    mkdirSync(path.join(root, 'web/.next'));
    writeFileSync(path.join(root, 'web/.next/BUILD_ID'), 'x');
    writeFileSync(path.join(root, 'web/src/page.test.ts'), 'x');
    writeFileSync(path.join(root, 'web/README.md'), 'x');
    expect(await hashSources(root, paths)).toBe(before);
  });
});

describe('the environment of the page’s build', () => {
  it('has nothing that the build would write into the page', () => {
    const environment = buildEnvironment({
      NEXT_PUBLIC_API_URL: 'https://api',
      PATH: '/bin',
      EMPTY: undefined,
    });
    expect(environment).toMatchObject({ PATH: '/bin', NODE_ENV: 'production' });
    expect(Object.keys(environment)).not.toContain('NEXT_PUBLIC_API_URL');
    expect(Object.keys(environment)).not.toContain('EMPTY');
  });
});

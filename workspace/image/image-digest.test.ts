import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/temporary-folder.ts';
import { workspaceImageDigest } from './image-digest.ts';

describe('the digest of the image inputs', () => {
  let context: string;

  beforeEach(async () => {
    context = temporaryFolder('context');
    await writeFile(path.join(context, 'Dockerfile'), 'FROM scratch\n');
    await mkdir(path.join(context, 'etc'));
    await writeFile(path.join(context, 'etc', 'motd'), 'hello\n');
  });

  afterEach(async () => {
    await rm(context, { recursive: true, force: true });
  });

  it('is the same for equal inputs and ignores what is not sent to the engine', async () => {
    const digest = await workspaceImageDigest(context);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    await writeFile(path.join(context, 'notes.txt'), 'not an input');
    expect(await workspaceImageDigest(context)).toBe(digest);
  });

  it('changes with a content, a name or an executable bit', async () => {
    const digests = new Set([await workspaceImageDigest(context)]);
    await writeFile(path.join(context, 'etc', 'motd'), 'hello!\n');
    digests.add(await workspaceImageDigest(context));
    await chmod(path.join(context, 'etc', 'motd'), 0o755);
    digests.add(await workspaceImageDigest(context));
    await writeFile(path.join(context, 'etc', 'other'), '');
    digests.add(await workspaceImageDigest(context));
    expect(digests.size).toBe(4);
  });
});

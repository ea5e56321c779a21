import type { Checkpoint } from '@podex/contracts/checkpoints';
import { describe, expect, it } from 'vitest';
import { changesOf, restoredText, titleOf } from './checkpoint-text.ts';

const ONE: Checkpoint = {
  id: 'ckp_01k9x3v7m4q8r2t6w0y5z1a3b7' as Checkpoint['id'],
  label: null,
  origin: 'person',
  path: '/home/dev',
  include_ignored: false,
  created_at: '2026-11-27T12:00:00.000Z',
  files: 12,
  bytes: 100,
  changes: null,
  skipped: [],
  skipped_count: 0,
  restored: null,
};

describe('a checkpoint in words', () => {
  it('is called by its label, or by what it was made for', () => {
    expect(titleOf({ ...ONE, label: 'Before the upgrade' })).toBe('Before the upgrade');
    expect(titleOf({ ...ONE, origin: 'restore' })).toBe('Before a restore');
    expect(titleOf({ ...ONE, origin: 'tool_call' })).toBe('Before a change by the agent');
    expect(titleOf({ ...ONE, path: '/home/dev/shop' })).toBe('Checkpoint of shop');
  });

  it('says what changed since the one before, and what it does not hold', () => {
    expect(changesOf(ONE)).toBe('12 files');
    expect(changesOf({ ...ONE, changes: { added: 0, modified: 0, removed: 0 } })).toBe('No changes');
    expect(changesOf({ ...ONE, changes: { added: 1, modified: 0, removed: 0 }, skipped_count: 2 })).toBe(
      '1 file changed, 2 left out',
    );
  });

  it('says what a restore did', () => {
    const report = { checkpoint_id: ONE.id, path: null, problems: [] };
    expect(restoredText({ ...report, written: 2, deleted: 1, problems_count: 1 })).toBe(
      '2 restored, 1 deleted, 1 left as they are.',
    );
    expect(restoredText({ ...report, written: 0, deleted: 0, problems_count: 0 })).toBe(
      'Nothing had changed.',
    );
  });
});

import { desiredStatus, workspaceStatus } from '@podex/contracts/workspaces';
import { describe, expect, it } from 'vitest';
import { isUsable, standingOf } from './workspace-status.ts';

describe('standingOf', () => {
  it('reads what was seen together with what is wanted', () => {
    const label = (status: string, desired: string) =>
      standingOf({ status: workspaceStatus.parse(status), desired_status: desiredStatus.parse(desired) })
        .label;
    expect(label('running', 'running')).toBe('Running');
    expect(label('running', 'stopped')).toBe('Stopping');
    expect(label('stopped', 'running')).toBe('Starting');
    expect(label('paused', 'running')).toBe('Resuming');
    expect(label('failed', 'running')).toBe('Failed');
    expect(label('running', 'deleted')).toBe('Deleting');
  });

  it('never leaves a workspace without a way on, unless it is on its way', () => {
    for (const status of workspaceStatus.options) {
      for (const desired_status of desiredStatus.options) {
        const standing = standingOf({ status, desired_status });
        expect(standing.isBusy || standing.canStart || standing.canStop, `${status}, ${desired_status}`).toBe(
          true,
        );
      }
    }
  });
});

describe('isUsable', () => {
  it('is true only while it runs and shall run', () => {
    expect(isUsable({ status: 'running', desired_status: 'running' })).toBe(true);
    expect(isUsable({ status: 'running', desired_status: 'stopped' })).toBe(false);
    expect(isUsable({ status: 'creating', desired_status: 'running' })).toBe(false);
  });
});

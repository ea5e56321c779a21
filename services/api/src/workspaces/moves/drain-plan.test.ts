import { describe, expect, it } from 'vitest';
import { type DrainedWorkspace, drainStep } from './drain-plan.ts';

const workspace = (fields: Partial<DrainedWorkspace> = {}): DrainedWorkspace => ({
  desired_status: 'running',
  status: 'running',
  settled: true,
  ...fields,
});

describe('drainStep', () => {
  it.each([
    ['stopped', { desired_status: 'stopped', status: 'stopped' }],
    ['failed', { status: 'failed' }],
  ] as const)('moves what is %s at once, whatever was asked for', (_, fields) => {
    expect(drainStep(workspace(fields), 'wait')).toBe('move');
    expect(drainStep(workspace(fields), 'stop')).toBe('move');
  });

  it.each(['running', 'creating', 'paused', 'pausing', 'unreachable'] as const)(
    'waits for what is %s, or stops it, as asked',
    (status) => {
      const settled = status === 'running' || status === 'paused';
      expect(drainStep(workspace({ status, settled }), 'wait')).toBe('wait');
      expect(drainStep(workspace({ status, settled }), 'stop')).toBe('stop');
    },
  );

  it('only waits for what is stopping already, so that it is not started again afterwards', () => {
    const stopping = workspace({ desired_status: 'stopped', status: 'stopping', settled: false });
    expect(drainStep(stopping, 'stop')).toBe('wait');
  });

  it('takes what is about to start again for one that runs', () => {
    expect(drainStep(workspace({ status: 'stopped', settled: false }), 'wait')).toBe('wait');
  });

  it('leaves what is being deleted, or was', () => {
    expect(drainStep(workspace({ desired_status: 'deleted', status: 'stopping' }), 'stop')).toBe('leave');
    expect(drainStep(workspace({ status: 'deleted' }), 'wait')).toBe('leave');
  });
});

import { describe, expect, it } from 'vitest';
import { decide } from './decide.ts';

const write = { tool: 'write_file', needsApproval: true };

describe('decide', () => {
  it('asks before a change in ask mode', () => {
    expect(decide(write, { mode: 'ask', allowed_tools: ['run_command'] })).toBe('ask');
  });

  it('allows what a person allowed before, what changes nothing, and everything in auto mode', () => {
    expect(decide(write, { mode: 'ask', allowed_tools: ['write_file'] })).toBe('allow');
    expect(decide({ tool: 'grep', needsApproval: false }, { mode: 'ask', allowed_tools: [] })).toBe('allow');
    expect(decide(write, { mode: 'auto', allowed_tools: [] })).toBe('allow');
  });
});

import { describe, expect, it } from 'vitest';
import { commandId, commandIdOfToolCall, newId, toolCallId, workspaceId } from './ids.ts';

describe('ids', () => {
  it('are parsed by their own schema and by no other', () => {
    const id = newId('workspace');
    expect(workspaceId.parse(id)).toBe(id);
    expect(toolCallId.safeParse(id).success).toBe(false);
  });

  it('sort by the time they were made', () => {
    const times = [0, 1, 1_700_000_000_000, 1_700_000_000_001, 2 ** 48 - 1];
    const ids = times.map((time) => newId('turn', time));
    expect([...ids].sort()).toEqual(ids);
  });

  it('do not repeat within one millisecond', () => {
    const ids = new Set(Array.from({ length: 10_000 }, () => newId('message', 1)));
    expect(ids.size).toBe(10_000);
  });

  it('give a tool call one command id, the same on every worker', () => {
    const call = newId('toolCall');
    expect(commandIdOfToolCall(call)).toBe(commandIdOfToolCall(call));
    expect(commandId.safeParse(commandIdOfToolCall(call)).success).toBe(true);
    expect(commandIdOfToolCall(call)).not.toBe(commandIdOfToolCall(newId('toolCall')));
  });
});

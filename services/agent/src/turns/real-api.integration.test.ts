import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { DurableEvent } from '@podex/contracts/events';
import { describe, expect, it } from 'vitest';
import { text, toolCall } from '../../testing/agent-setup.ts';
import { eventProblems } from '../../testing/event-checks.ts';
import { setUpReal } from '../../testing/real-setup.ts';

const getSetup = setUpReal();

describe('against the real api and daemon', () => {
  it('a turn asks, is approved by a person, and does what was approved', async () => {
    await getSetup().startAgent();
    getSetup().llm.setScript({
      models: ['scripted'],
      rules: [
        {
          when: { tool_results: 0 },
          reply: {
            parts: [
              { type: 'reasoning', text: 'A file is needed.' },
              text('I write it.'),
              toolCall('write_file', { path: 'greeting.txt', content: 'hello\n' }),
              toolCall('run_command', { command: 'cat greeting.txt' }),
            ],
          },
        },
        { when: { tool_results: 2 }, reply: { parts: [text('It says hello.')] } },
      ],
    });
    const conversation = await getSetup().newConversation('ask');
    await getSetup().ask('POST', `/api/conversations/${conversation}/messages`, { text: 'greet me' });
    await getSetup().waitForEvent(conversation, 'turn.waiting');
    const approvals = await getSetup().ask('GET', '/api/approvals?status=pending');
    expect(approvals.items).toHaveLength(2);
    for (const approval of approvals.items) {
      await getSetup().ask('POST', `/api/approvals/${approval.id}`, { decision: 'approve' });
    }
    const events = await getSetup().waitForEvent(conversation, 'turn.completed');
    expect(eventProblems(events)).toEqual([]);
    const seqs = events.map((event) => event.seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((one, other) => one - other));
    expect(events.filter(({ type }) => type === 'text.delta' || type === 'tool_call.input')).toEqual([]);
    const ends = events.filter((event) => event.type === 'tool_call.end');
    expect(ends.map((event) => event.status)).toEqual(['completed', 'completed']);
    expect(ends[1]?.output).toMatch(/^hello\n\[exit code 0/);
    const file = path.join(getSetup().gateway.daemon.folders.homePath, 'greeting.txt');
    expect(await readFile(file, 'utf8')).toBe('hello\n');

    const kept = events.filter((event) => event.type === 'checkpoint.created');
    expect(kept).toHaveLength(1);
    expect(events.indexOf(kept[0] as DurableEvent)).toBeLessThan(events.indexOf(ends[0] as DurableEvent));
    await getSetup().gateway.daemon.client.send('POST', `/checkpoints/${kept[0]?.checkpoint_id}/restore`, {
      json: {},
    });
    await expect(readFile(file, 'utf8')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('a turn goes on elsewhere when its service stops in the middle of a command', async () => {
    const first = getSetup().agents[0] ?? (await getSetup().startAgent());
    getSetup().llm.setScript({
      rules: [
        {
          when: { tool_results: 0 },
          reply: { parts: [toolCall('run_command', { command: 'echo x >> once.txt; sleep 2; echo end' })] },
        },
        { when: { tool_results: 1 }, reply: { parts: [text('Done.')] } },
      ],
    });
    const conversation = await getSetup().newConversation('auto');
    await getSetup().ask('POST', `/api/conversations/${conversation}/messages`, { text: 'go' });
    await getSetup().waitForEvent(conversation, 'tool_call.ready');
    await getSetup().startAgent();
    await first.stop();
    const events = await getSetup().waitForEvent(conversation, 'turn.completed');
    expect(eventProblems(events)).toEqual([]);
    expect(events.filter((event) => event.type === 'turn.started')).toHaveLength(2);
    expect(await readFile(path.join(getSetup().gateway.daemon.folders.homePath, 'once.txt'), 'utf8')).toBe(
      'x\n',
    );
  });

  it('a turn that is cancelled ends its command', async () => {
    getSetup().llm.setScript({
      rules: [{ reply: { parts: [toolCall('run_command', { command: 'echo begun; sleep 60' })] } }],
    });
    const conversation = await getSetup().newConversation('auto');
    const message = await getSetup().ask('POST', `/api/conversations/${conversation}/messages`, {
      text: 'wait',
    });
    await getSetup().waitForEvent(conversation, 'tool_call.output');
    await getSetup().ask('POST', `/api/turns/${message.turn_id}/cancel`);
    const events = await getSetup().waitForEvent(conversation, 'turn.cancelled');
    const end = events.find((event) => event.type === 'tool_call.end');
    expect(end).toMatchObject({
      status: 'cancelled',
      output: expect.stringContaining('begun\n[ended by signal'),
    });
  });
});

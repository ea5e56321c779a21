import type { WorkerEvent } from '@podex/contracts/events';
import { newId } from '@podex/contracts/ids';
import { type AppendResult, appendResult, type ClaimedTurn } from '@podex/contracts/internal/turns';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../testing/agent-worker.ts';
import { setUpApi } from '../../../testing/set-up.ts';
import type { TestUser } from '../../../testing/test-api.ts';
import { TestConversation } from '../../../testing/test-conversation.ts';

describe('the end of a step', () => {
  const api = setUpApi();
  let user: TestUser;
  let workspaceId: string;
  let worker: AgentWorker;
  let conversation: TestConversation;
  let turn: ClaimedTurn;

  beforeAll(async () => {
    user = await api().signUp();
    worker = new AgentWorker(api());
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: user, body: { name: 'w' } });
    workspaceId = made.body.id;
  });
  beforeEach(async () => {
    conversation = await TestConversation.begin(api(), user, workspaceId);
    await conversation.say('one');
    turn = await worker.claim();
  });

  function newStep(index: number) {
    const step_id = newId('step');
    const place = { turn_id: turn.turn_id, step_id, step_index: index };
    const append = async (first_index: number, event: WorkerEvent, more = {}): Promise<AppendResult> => {
      const batch = { step_id, step_index: index, first_index, events: [event], ...more };
      return appendResult.parse((await worker.append(turn, batch)).body);
    };
    return {
      begin: () => append(0, { type: 'step.started', ...place, model: 'm' }),
      end: (more = {}) => append(1, { type: 'step.finished', ...place, finish_reason: 'stop' }, more),
    };
  }
  const texts = ({ news }: AppendResult) => news?.messages.map(({ text }) => text);

  it('tells what was said meanwhile, as often as it is sent', async () => {
    const first = newStep(0);
    expect((await first.begin()).news).toBeNull();
    await conversation.say('two');
    expect(texts(await first.end())).toEqual(['two']);
    expect(texts(await first.end())).toEqual(['two']);
    await conversation.say('three');
    const second = newStep(1);
    await second.begin();
    // The second step has read what its worker was given, and the third reads the rest.
    expect((await second.end()).news?.messages).toMatchObject([{ text: 'three', before_step: 2 }]);
    await worker.release(turn, 'cancelled');
  });

  it('tells the rules when they are others than the worker has, and the mode and the model', async () => {
    const { rules_version } = await worker.context(turn);
    const first = newStep(0);
    await first.begin();
    expect((await first.end({ rules_version })).news).toMatchObject({
      rules: null,
      mode: 'ask',
      model: null,
    });
    const rule = { effect: 'allow', tool: 'run_command', command: ['ls'] };
    const added = await api().ask('POST', `/api/conversations/${conversation.id}/rules`, {
      as: user,
      body: rule,
    });
    expect(added.status).toBe(201);
    await api().ask('PATCH', `/api/conversations/${conversation.id}`, {
      as: user,
      body: { mode: 'auto', model: 'a/b' },
    });
    const second = newStep(1);
    await second.begin();
    const { news } = await second.end({ rules_version });
    expect(news).toMatchObject({ rules: [rule], mode: 'auto', model: 'a/b' });
    expect(news?.rules_version).not.toBe(rules_version);
    const third = newStep(2);
    await third.begin();
    expect((await third.end({ rules_version: news?.rules_version })).news?.rules).toBeNull();
    await worker.release(turn, 'cancelled');
  });
});

import { beforeAll, describe, expect, it } from 'vitest';
import { AgentWorker } from '../../../../services/api/testing/agent-worker.ts';
import { setUpApi } from '../../../../services/api/testing/set-up.ts';
import type { TestUser } from '../../../../services/api/testing/test-api.ts';
import { TestConversation } from '../../../../services/api/testing/test-conversation.ts';
import { podexOf } from '../../testing/podex-of.ts';

describe('podex usage', () => {
  const api = setUpApi();
  let admin: TestUser;
  let ada: TestUser;
  beforeAll(async () => {
    admin = await api().signInAdmin();
    ada = await api().signUp('ada@example.com');
    const body = { name: 'shop' };
    const made = await api().ask('POST', '/api/workspaces?wait_ms=0', { as: ada, body });
    const conversation = await TestConversation.begin(api(), ada, made.body.id);
    await conversation.say('hi');
    const worker = new AgentWorker(api());
    const turn = await worker.claim();
    await worker.callModel(turn, { model: 'openai/gpt-5', end: {} });
    await worker.callModel(turn, { model: 'openai/mine', stepIndex: 1, end: {} });
    await worker.release(turn, 'completed');
  });

  const run = podexOf(api);
  const podexAs = (user: TestUser, ...words: string[]) => run(user, 'usage', ...words);

  it('shows what was used, and says what its cost is not known of', async () => {
    const shown = await podexAs(ada, '--by', 'model');
    expect(shown.stderr).toBe('');
    expect(shown.stdout).toMatch(/^MODEL +CALLS +INPUT +CACHED +OUTPUT +COST\n/);
    expect(shown.stdout).toMatch(/\nopenai\/gpt-5 +1 +1000 +500 +100 +\$0\.0017\n/);
    expect(shown.stdout).toMatch(/\nopenai\/mine +1 +1000 +500 +100 +unknown\n/);
    expect(shown.stdout).toMatch(/\ntotal +2 +2000 +1000 +200 +\$0\.0017 and more\n/);
    expect(shown.stdout).toMatch(/\nThe cost of 1 call is unknown, and not in the sum\.$/);
    expect((await podexAs(ada, '--by', 'workspace')).stdout).toMatch(/\nshop +2 /);
  });

  it('goes on page by page, and is JSON for programs', async () => {
    const first = await podexAs(ada, '--by', 'model', '--limit', '1');
    const cursor = /--after '(.+)'$/.exec(first.stdout)?.[1] ?? '';
    const second = await podexAs(ada, '--by', 'model', '--limit', '1', '--after', cursor, '--json');
    expect(JSON.parse(second.stdout)).toMatchObject({
      items: [{ key: 'openai/mine', cost_usd: null }],
      next: null,
      total: { calls: 2 },
    });
    const none = await podexAs(ada, '--from', '2020-01-01', '--to', '2020-01-31');
    expect(none.stdout).toBe('nothing was used from 2020-01-01 to 2020-01-31');
  });

  it('shows admins, and nobody else, everybody’s', async () => {
    expect((await podexAs(admin, '--all', '--by', 'holder')).stdout).toMatch(/\nada@example\.com +2 /);
    expect((await podexAs(ada, '--all')).exitCode).toBe(1);
  });

  it.each([
    [['--by', 'holder'], '--by'],
    [['--from', 'monday'], '--from'],
    [['--limit', 'all'], '--limit'],
  ])('says what is wrong with %j', async (words, message) => {
    const answer = await podexAs(ada, ...words);
    expect(answer.exitCode).toBe(2);
    expect(answer.stderr).toContain(message);
  });
});

import { newId, teamId, userId } from '@podex/contracts/ids';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callEnd } from '../../testing/agent-worker.ts';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { Outbox } from '../mail/outbox.ts';
import { LetterSeal } from '../mail/seal.ts';
import type { Holder } from '../quotas/holder.ts';
import { Quotas } from '../quotas/quotas.ts';
import type { CallPlace } from './model-call-store.ts';
import { ModelCalls } from './model-calls.ts';

describe('a model budget that is used up', () => {
  // Without mail of its own, so that nothing but this test sends.
  const api = setUpApi(() => ({ variables: { ENVIRONMENT: 'production' } }));
  const seal = new LetterSeal('a-session-secret-of-at-least-32-characters');
  let database: Database;
  beforeAll(() => {
    database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
  });
  afterAll(() => database.close());

  const values = {
    ...DEFAULT_SETTINGS,
    max_spend_usd_per_user_per_day: 10,
    max_spend_usd_per_team_per_month: 10,
  };
  const calls = new ModelCalls({
    quotas: new Quotas({ values }),
    settings: { values },
    outbox: new Outbox({ seal, logger: silentLogger }),
    frontendOrigin: 'https://podex.example.com',
  });

  function placeOf(holder: Holder): CallPlace {
    return {
      holder,
      workspaceId: newId('workspace'),
      conversationId: newId('conversation'),
      turnId: newId('turn'),
      stepId: newId('step'),
    };
  }

  const begin = (place: CallPlace) => {
    const ids = { turn_id: place.turnId, step_id: place.stepId };
    return testTransact(database.db)((work) =>
      calls.begin(work, place, {
        type: 'model_call.started',
        ...ids,
        model: 'openrouter/a/b',
        estimated_input_tokens: 1,
      }),
    );
  };
  const end = (place: CallPlace, cost: number) =>
    testTransact(database.db)((work) =>
      calls.end(work, place, callEnd({ turn_id: place.turnId, step_id: place.stepId }, { cost_usd: cost })),
    );
  const spend = async (holder: Holder, cost: number) => {
    const place = placeOf(holder);
    await begin(place);
    await end(place, cost);
  };
  const takeMails = () =>
    database.db.deleteFrom('mail').returning(['recipient', 'template', 'sealed']).execute();

  it('is told to its owner by mail, once, also when many steps end together', async () => {
    const user = await api().signUp();
    const holder: Holder = { kind: 'user', id: userId.parse(user.id), isCaller: false };
    await spend(holder, 9.5);
    expect(await takeMails()).toEqual([]);
    const places = [1, 2, 3, 4].map(() => placeOf(holder));
    await Promise.all(places.map(begin));
    await Promise.all(places.map((place, index) => end(place, index + 1)));
    await expect(begin(placeOf(holder))).rejects.toMatchObject({ code: 'budget_exhausted' });
    const mails = await takeMails();
    expect(mails).toMatchObject([{ recipient: user.email, template: 'budget' }]);
    const letter = seal.open(mails[0]?.sealed ?? Buffer.alloc(0));
    expect(letter?.subject).toBe('The model budget is used up');
    expect(letter?.text).toMatch(
      /\$1\d\.50 was spent on models today in your workspaces, and \$10\.00 is allowed/,
    );
  });

  it('is told to the owners and admins of a team', async () => {
    const [owner, member] = [await api().signUp(), await api().signUp()];
    const made = await api().ask('POST', '/api/teams', { as: owner, body: { name: newId('team') } });
    const body = { email: member.email, role: 'member' };
    await api().ask('POST', `/api/teams/${made.body.id}/members`, { as: owner, body });
    await spend({ kind: 'team', id: teamId.parse(made.body.id) }, 10);
    expect((await takeMails()).map(({ recipient }) => recipient)).toEqual([owner.email]);
  });
});

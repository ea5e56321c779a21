import { newId, teamId, userId } from '@podex/contracts/ids';
import { DEFAULT_SETTINGS } from '@podex/contracts/settings';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { silentLogger } from '../../testing/postgres.ts';
import { setUpApi } from '../../testing/set-up.ts';
import { testTransact } from '../../testing/test-transact.ts';
import { connectDatabase, type Database } from '../database/connect.ts';
import { Outbox } from '../mail/outbox.ts';
import { LetterSeal } from '../mail/seal.ts';
import type { Holder } from './holder.ts';
import { ModelBudgets } from './model-budgets.ts';
import { Quotas } from './quotas.ts';

describe('a model budget that is used up', () => {
  // Without mail of its own, so that nothing but this test sends.
  const api = setUpApi(() => ({ variables: { ENVIRONMENT: 'production' } }));
  const seal = new LetterSeal('a-session-secret-of-at-least-32-characters');
  let database: Database;
  beforeAll(() => {
    database = connectDatabase({ url: api().config.databaseUrl, logger: silentLogger });
  });
  afterAll(() => database.close());

  const budgets = new ModelBudgets({
    quotas: new Quotas({
      values: {
        ...DEFAULT_SETTINGS,
        max_spend_usd_per_user_per_day: 10,
        max_spend_usd_per_team_per_month: 10,
      },
    }),
    outbox: new Outbox({ seal, logger: silentLogger }),
    frontendOrigin: 'https://podex.example.com',
  });
  const spend = (holder: Holder, cost: number) =>
    testTransact(database.db)((work) =>
      budgets.record(work, holder, [
        { model: 'a/b', input_tokens: 1, output_tokens: 1, cached_input_tokens: 0, cost_usd: cost },
      ]),
    );
  const takeMails = () =>
    database.db.deleteFrom('mail').returning(['recipient', 'template', 'sealed']).execute();

  it('is told to its owner by mail, once, also when many steps end together', async () => {
    const user = await api().signUp();
    const holder: Holder = { kind: 'user', id: userId.parse(user.id), isCaller: false };
    await spend(holder, 9.5);
    expect(await takeMails()).toEqual([]);
    await Promise.all([1, 2, 3, 4].map((cost) => spend(holder, cost)));
    await spend(holder, 1);
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

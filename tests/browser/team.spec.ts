import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../stack/person.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { expectNoOverflow, look, NARROW, pageOf, takePicture, WIDE } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const VALUE = 'typed-once-and-never-shown';
/** More than api gives in one page, and than it gives in two. */
const CROWD = 450;
/** An id in SQL, of the number n. */
const CROWD_ID = `'usr_' || lpad(n::text, 26, '0')`;

let stack: Stack;
let browser: Browser;
let admins: Page;
let member: Person;
let viewer: Person;
let teamId: string;

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  [member, viewer] = [await stack.signUp(), await stack.signUp()];
  const made = await stack.admin.client.POST('/api/teams', { body: { name: 'Web shop' } });
  teamId = made.data?.id ?? '';
  for (const [person, role] of [
    [member, 'member'],
    [viewer, 'viewer'],
  ] as const) {
    await stack.admin.client.POST('/api/teams/{team_id}/members', {
      params: { path: { team_id: teamId } },
      body: { email: person.email, role },
    });
  }
  admins = await pageOf(browser, stack.webUrl, stack.admin, `/teams/${teamId}`);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

describe('secrets of a team', () => {
  it('are set, updated and deleted by an admin on the page of the team, and never shown again', async () => {
    const secrets = admins.getByRole('region', { name: 'Secrets' });
    await secrets.getByText('No secrets').waitFor();
    await look(admins, 'team-secrets-empty');
    for (const name of ['NPM_TOKEN', 'SENTRY_DSN']) {
      await secrets.getByRole('button', { name: 'New secret' }).click();
      await admins.getByRole('dialog').getByLabel('Name').fill(name);
      await admins.getByRole('dialog').getByLabel('Value').fill(VALUE);
      await admins.getByRole('dialog').getByRole('button', { name: 'Save secret' }).click();
      await secrets.getByText(name).waitFor();
    }
    await secrets.getByRole('button', { name: 'Update NPM_TOKEN' }).click();
    const value = admins.getByRole('dialog').getByLabel('New value of NPM_TOKEN');
    expect(await value.inputValue()).toBe('');
    await value.fill('another');
    await admins.getByRole('dialog').getByRole('button', { name: 'Save secret' }).click();
    await value.waitFor({ state: 'detached' });
    await secrets.getByRole('button', { name: 'Delete SENTRY_DSN' }).click();
    await admins.getByRole('alertdialog').getByRole('button', { name: 'Delete' }).click();
    await secrets.getByText('SENTRY_DSN').waitFor({ state: 'detached' });
    expect(await admins.content()).not.toContain(VALUE);
    await look(admins, 'team-secrets');
  });

  it('are names for a member, who changes nothing, and nothing for a viewer', async () => {
    const members = await pageOf(browser, stack.webUrl, member, `/teams/${teamId}`);
    const secrets = members.getByRole('region', { name: 'Secrets' });
    await secrets.getByText('NPM_TOKEN').waitFor();
    expect(await secrets.getByRole('button').count()).toBe(0);
    await look(members, 'team-secrets-member');

    const viewers = await pageOf(browser, stack.webUrl, viewer, `/teams/${teamId}`);
    await viewers.getByRole('region', { name: 'Members' }).getByText(viewer.email).waitFor();
    expect(await viewers.getByRole('region', { name: 'Secrets' }).count()).toBe(0);
    await look(viewers, 'team-viewer');
  });
});

describe('the numbers on the pages of teams', () => {
  it('count one of a thing as one', async () => {
    await stack.admin.client.POST('/api/teams', { body: { name: 'Alone' } });
    await admins.goto('/teams');
    const row = admins.getByTestId('team-row').filter({ hasText: 'Alone' });
    await row.getByText('1 member · 0 workspaces').waitFor();
    await stack.admin.client.POST('/api/workspaces', {
      params: { query: { wait_ms: 0 } },
      body: { name: 'shop', size: 'small', team_id: teamId },
    });
    await admins.reload();
    const shop = admins.getByTestId('team-row').filter({ hasText: 'Web shop' });
    expect(await shop.textContent()).toContain('3 members · 1 workspace');
    expect(await shop.textContent()).not.toContain('1 workspaces');
  });
});

describe('a large team', () => {
  it('shows every member, not only the first page of them', async () => {
    await stack.postgres.run(`insert into "user" (id, name, email, email_verified, role)
      select ${CROWD_ID}, 'Crowd ' || n, 'crowd' || n || '@example.com', true, 'user'
      from generate_series(1, ${CROWD}) n`);
    await stack.postgres.run(`insert into team_member (team_id, user_id, role)
      select '${teamId}', ${CROWD_ID}, 'member' from generate_series(1, ${CROWD}) n`);
    await admins.goto(`/teams/${teamId}`);
    await admins.getByText(`${CROWD + 3} members`).waitFor();
    const rows = admins.getByRole('list', { name: 'Members' }).getByRole('listitem');
    await rows.first().waitFor();
    await takePicture(admins, 'team-large');
    await admins.getByRole('button', { name: `Show all ${CROWD + 3} members` }).click();
    await admins.getByText(`crowd${CROWD}@example.com`).waitFor();
    expect(await rows.count()).toBe(CROWD + 3);
  });
});

describe('the audit log', () => {
  it('fits on a telephone, with everything that an entry says', async () => {
    await admins.goto('/audit');
    const entry = admins.getByRole('row').filter({ hasText: 'secret.deleted' });
    await entry.waitFor();
    await look(admins, 'audit');
    await admins.setViewportSize(NARROW);
    await expectNoOverflow(admins);
    for (const cell of await entry.getByRole('cell').filter({ visible: true }).all()) {
      const box = await cell.boundingBox();
      expect((box?.x ?? 0) + (box?.width ?? Number.POSITIVE_INFINITY)).toBeLessThanOrEqual(NARROW.width);
    }
    for (const told of [stack.admin.email, 'SENTRY_DSN', '127.0.0.1']) {
      expect(await entry.getByText(told).isVisible()).toBe(true);
    }
    await admins.setViewportSize(WIDE);
  });
});

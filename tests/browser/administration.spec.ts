import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { enterCredentials, look, newPage } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const PASSWORD = 'correct horse battery staple';

let stack: Stack;
let browser: Browser;
let admin: Page;

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  admin = await newPage(browser, stack.webUrl);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

describe('administration', () => {
  it('closes registration, says what is wrong at its field, and keeps what was saved', async () => {
    await admin.goto('/settings');
    await enterCredentials(admin, stack.admin);

    const registration = admin.getByRole('region', { name: 'Registration' });
    await registration.getByLabel('Who can make an account').selectOption('invitation');
    await registration.getByRole('button', { name: 'Save' }).click();
    await admin.getByText('Registration saved').waitFor();

    const images = admin.getByRole('region', { name: 'Images' });
    await images.getByLabel('Allowed images').fill('debian:12\n127.0.0.1:5000/*');
    await images.getByRole('button', { name: 'Save' }).click();
    await images.getByText('Line 2').waitFor();
    await look(admin, 'settings-problem');
    await images.getByLabel('Allowed images').fill(' debian:12 \nghcr.io/acme/*');
    await images.getByRole('button', { name: 'Save' }).click();
    await admin.getByText('Images saved').waitFor();
    await admin.reload();
    expect(await admin.getByLabel('Allowed images').inputValue()).toBe('debian:12\nghcr.io/acme/*');
  });

  it('offers strangers no account', async () => {
    const stranger = await newPage(browser, stack.webUrl);
    await stranger.goto('/sign-in');
    await stranger.getByText('Ask an admin for an invitation.').waitFor();
    expect(await stranger.getByRole('link', { name: 'Create one' }).count()).toBe(0);
    await stranger.goto('/sign-up');
    await stranger.getByRole('heading', { name: 'Sign-up is closed' }).waitFor();
    await look(stranger, 'sign-up-closed');
  });

  it('invites a person, who makes the account with the link, once', async () => {
    await admin.getByRole('link', { name: 'People' }).click();
    await admin.getByRole('button', { name: 'Invite' }).click();
    await admin.getByRole('dialog').getByLabel('Email').fill('guest@example.com');
    await admin.getByRole('dialog').getByRole('button', { name: 'Create link' }).click();
    const link = await admin.getByLabel('Invitation link').inputValue();
    await look(admin, 'invitation-link');
    await admin.getByRole('button', { name: 'Done' }).click();
    await admin.getByText('guest@example.com').waitFor();
    await look(admin, 'people');

    const guest = await newPage(browser, stack.webUrl);
    await guest.goto(link);
    await guest.getByText('invited you to this Podex').waitFor();
    expect(await guest.getByLabel('Email').inputValue()).toBe('guest@example.com');
    await look(guest, 'invitation');
    await guest.getByLabel('Name').fill('Guest');
    await guest.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await guest.getByRole('button', { name: 'Create account' }).click();
    await guest.getByRole('button', { name: 'New workspace' }).first().waitFor();
    expect(await guest.getByRole('link', { name: 'Settings' }).count()).toBe(0);
    await guest.goto('/settings');
    await guest.getByText('For administrators').waitFor();

    const second = await newPage(browser, stack.webUrl);
    await second.goto(link);
    await second.getByText('This invitation cannot be used').waitFor();
    await look(second, 'invitation-used');
  });

  it('revokes an invitation', async () => {
    await admin.goto('/people');
    await admin.getByRole('button', { name: 'Invite' }).click();
    await admin.getByRole('dialog').getByLabel('Email').fill('nobody@example.com');
    await admin.getByRole('dialog').getByRole('button', { name: 'Create link' }).click();
    const link = await admin.getByLabel('Invitation link').inputValue();
    await admin.getByRole('button', { name: 'Done' }).click();
    await admin.getByRole('button', { name: 'Revoke nobody@example.com' }).click();
    await admin.getByRole('alertdialog').getByRole('button', { name: 'Revoke' }).click();
    await admin.getByText('No open invitations').waitFor();
    const nobody = await newPage(browser, stack.webUrl);
    await nobody.goto(link);
    await nobody.getByText('This invitation cannot be used').waitFor();
    expect(await nobody.getByRole('button', { name: 'Create account' }).count()).toBe(0);
  });

  it('suspends and restores a user', async () => {
    await admin.goto('/people');
    await admin.getByRole('searchbox', { name: 'Search users' }).fill('guest@');
    await admin.getByRole('button', { name: 'Actions for guest@example.com' }).click();
    await look(admin, 'people-actions');
    await admin.getByRole('menuitem', { name: 'Suspend' }).click();
    await look(admin, 'people-suspend');
    await admin.getByRole('alertdialog').getByRole('button', { name: 'Suspend' }).click();
    await admin.getByRole('listitem').getByText('Suspended', { exact: true }).waitFor();

    const guest = await newPage(browser, stack.webUrl);
    await guest.goto('/sign-in');
    await enterCredentials(guest, { email: 'guest@example.com', password: PASSWORD });
    await guest.getByText('This account is suspended. Ask an admin to restore it.').waitFor();

    await admin.getByRole('button', { name: 'Actions for guest@example.com' }).click();
    await admin.getByRole('menuitem', { name: 'Restore' }).click();
    await admin.getByRole('alertdialog').getByRole('button', { name: 'Restore' }).click();
    await admin.getByText('User restored').waitFor();
    await guest.getByRole('button', { name: 'Sign in' }).click();
    await guest.getByRole('button', { name: 'New workspace' }).first().waitFor();

    await guest.getByRole('button', { name: 'Account' }).click();
    await guest.getByRole('menuitem', { name: 'Account settings' }).click();
    await guest.getByRole('heading', { name: 'Password' }).waitFor();
    await look(guest, 'account');
    await guest.getByRole('button', { name: 'Delete account' }).click();
    await guest.getByRole('alertdialog').getByLabel('Password').fill(PASSWORD);
    await look(guest, 'account-delete');
    await guest.getByRole('alertdialog').getByRole('button', { name: 'Delete account' }).click();
    await guest.getByRole('heading', { name: 'Sign in to Podex' }).waitFor();
    expect(new URL(guest.url()).pathname).toBe('/sign-in');
  });
});

import { createHmac } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { enterCredentials, newPage, pageOf } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const STEP_MS = 30_000;
const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

let stack: Stack;
let browser: Browser;

beforeAll(async () => {
  stack = await startStack({ web: true, pageHost: 'localhost' });
  browser = await launchBrowser();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

/** What an authenticator app shows for the key on the page. */
function codeOf(key: string, offset = 0): string {
  const bits = [...key.replaceAll(' ', '')].map((letter) =>
    BASE32.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / STEP_MS) + offset));
  const secret = Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
  const digest = createHmac('sha1', secret).update(counter).digest();
  const number = digest.readUInt32BE(digest.readUInt8(19) & 0x0f) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

async function addAuthenticator(page: Page): Promise<void> {
  const devTools = await page.context().newCDPSession(page);
  await devTools.send('WebAuthn.enable');
  await devTools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

describe('second factors', () => {
  it('are one with a passkey, which a real browser makes and uses', async () => {
    const person = await stack.signUp();
    const page = await newPage(browser, stack.webUrl);
    await addAuthenticator(page);
    await page.goto('/sign-in');
    await enterCredentials(page, person);
    await page.getByRole('button', { name: 'New workspace' }).first().waitFor();
    const status = await page.evaluate(
      async (api) => {
        const ask = (path: string, init: RequestInit = {}) =>
          fetch(`${api}/api/auth/passkey/${path}`, { credentials: 'include', ...init });
        const options = await (await ask('generate-register-options')).json();
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
        const made = await navigator.credentials.create({ publicKey });
        if (!(made instanceof PublicKeyCredential)) return 0;
        const body = JSON.stringify({ response: made.toJSON(), name: 'Laptop' });
        const headers = { 'content-type': 'application/json' };
        return (await ask('verify-registration', { method: 'POST', headers, body })).status;
      },
      stack.apiUrl.replace('127.0.0.1', 'localhost'),
    );
    expect(status).toBe(200);

    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in to Podex' }).waitFor();
    // The browser’s list and the button lead to the same: with the one authenticator, the list may be faster.
    const button = page.getByRole('button', { name: 'Sign in with a passkey' });
    await button.click({ timeout: 5_000 }).catch(() => undefined);
    await page.getByRole('button', { name: 'New workspace' }).first().waitFor();
  });

  it('are set up where they are required, and asked for at the next sign-in', async () => {
    const person = await stack.signUp();
    await stack.admin.client.PATCH('/api/admin/settings', { body: { require_two_factor: 'everyone' } });
    const page = await pageOf(browser, stack.webUrl, person, '/sign-in');
    await page.getByText('This Podex requires two-factor authentication.').waitFor();

    await page.getByRole('button', { name: 'Set up' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Password').fill(person.password);
    await dialog.getByRole('button', { name: 'Continue' }).click();
    await dialog.getByRole('img', { name: 'QR code for your authenticator app' }).waitFor();
    const key = await dialog.getByLabel('Key').inputValue();
    await dialog.getByLabel('Authentication code').fill('000000');
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByText('Wrong code').waitFor();
    await dialog.getByLabel('Authentication code').fill(codeOf(key));
    await dialog.getByRole('button', { name: 'Turn on' }).click();
    await dialog.getByRole('button', { name: 'I saved them' }).waitFor();
    const codes = await dialog
      .getByRole('list', { name: 'Recovery codes' })
      .getByRole('listitem')
      .allTextContents();
    expect(codes).toHaveLength(10);
    await dialog.getByRole('button', { name: 'I saved them' }).click();
    await page.getByRole('button', { name: 'Continue to Podex' }).click();
    await page.getByRole('button', { name: 'New workspace' }).first().waitFor();

    const other = await pageOf(browser, stack.webUrl, person, '/sign-in');
    await other.getByLabel('Authentication code').fill(codeOf(key, 1));
    await other.getByRole('button', { name: 'Verify' }).click();
    await other.getByRole('button', { name: 'New workspace' }).first().waitFor();

    const third = await pageOf(browser, stack.webUrl, person, '/sign-in');
    await third.getByRole('button', { name: 'Use a recovery code' }).click();
    await third.getByLabel('Recovery code').fill((codes[0] ?? '').toUpperCase());
    await third.getByRole('button', { name: 'Verify' }).click();
    await third.getByRole('button', { name: 'New workspace' }).first().waitFor();
  });
});

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { enterCredentials, look, newPage } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

let stack: Stack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  page = await newPage(browser, stack.webUrl);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

interface Codes {
  device_code: string;
  user_code: string;
  verification_uri_complete: string;
}

async function post<Body>(route: string, body: object): Promise<Body> {
  const response = await fetch(`${stack.apiUrl}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  return response.json() as Promise<Body>;
}
const begin = () => post<Codes>('/api/device/code', { client_name: 'podex on laptop' });
const poll = ({ device_code }: Codes) => post<{ secret?: string }>('/api/device/token', { device_code });

describe('the page that lets a program in', () => {
  it('keeps the code over sign-in, shows who asks, and lets it in', async () => {
    const codes = await begin();
    await page.goto(codes.verification_uri_complete);
    await enterCredentials(page, stack.admin);
    await page.getByRole('heading', { name: 'Let this program in?' }).waitFor();
    await page.getByText('podex on laptop').waitFor();
    expect(await page.getByText(codes.user_code).count()).toBeGreaterThan(0);
    await look(page, 'device-request');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('Go back to your terminal').waitFor();
    await look(page, 'device-approved');
    expect((await poll(codes)).secret).toMatch(/^pdx_/);
  });

  it('takes a code that is typed, and denies it', async () => {
    const codes = await begin();
    await page.goto('/device');
    await page.getByLabel('Code').fill('bcdf');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByText('Enter all eight letters.').waitFor();
    await page.getByLabel('Code').fill(codes.user_code.replace('-', '').toLowerCase());
    expect(await page.getByLabel('Code').inputValue()).toBe(codes.user_code);
    await look(page, 'device-code');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('The program was not let in').waitFor();
    expect(await poll(codes)).toMatchObject({ error: { code: 'access_denied' } });
  });

  it('says that a code is wrong', async () => {
    await page.goto('/device?user_code=BCDF-GHJK');
    await page.getByText("Can't use the code BCDF-GHJK").waitFor();
    await look(page, 'device-wrong-code');
    await page.getByRole('button', { name: 'Enter another code' }).click();
    await page.getByLabel('Code').waitFor();
  });
});

import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REPOSITORY } from '../stack/service-process.ts';
import { type Stack, startStack } from '../stack/stack.ts';
import { launchBrowser } from './launch-browser.ts';

const PICTURES = process.env.PODEX_TEST_PICTURES ?? path.join(REPOSITORY, '.podex/pictures');

let stack: Stack;
let browser: Browser;
let page: Page;

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  stack = await startStack({ web: true });
  browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, baseURL: stack.webUrl });
  page = await context.newPage();
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function look(name: string): Promise<void> {
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`) });
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa']).analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

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
    await page.getByLabel('Email').fill(stack.admin.email);
    await page.getByLabel('Password', { exact: true }).fill(stack.admin.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Let this program in?' }).waitFor();
    await page.getByText('podex on laptop').waitFor();
    expect(await page.getByText(codes.user_code).count()).toBeGreaterThan(0);
    await look('device-request');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.getByText('Go back to your terminal').waitFor();
    await look('device-approved');
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
    await look('device-code');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Deny' }).click();
    await page.getByText('The program was not let in').waitFor();
    expect(await poll(codes)).toMatchObject({ error: { code: 'access_denied' } });
  });

  it('says that a code is wrong', async () => {
    await page.goto('/device?user_code=BCDF-GHJK');
    await page.getByText("Can't use the code BCDF-GHJK").waitFor();
    await look('device-wrong-code');
    await page.getByRole('button', { name: 'Enter another code' }).click();
    await page.getByLabel('Code').waitFor();
  });
});

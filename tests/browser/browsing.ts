import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { expect } from 'vitest';
import { REPOSITORY } from '../stack/service-process.ts';

const PICTURES = process.env.PODEX_TEST_PICTURES ?? path.join(REPOSITORY, '.podex/pictures');
export const WIDE = { width: 1280, height: 860 };
export const NARROW = { width: 390, height: 844 };

/** Of another person: nothing is shared with the other pages. */
export async function newPage(browser: Browser, webUrl: string): Promise<Page> {
  const context = await browser.newContext({ viewport: WIDE, baseURL: webUrl });
  return context.newPage();
}

/** On a page that asks who one is. What follows is up to the address that was asked for. */
export async function enterCredentials(
  page: Page,
  { email, password }: { email: string; password: string },
): Promise<void> {
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** A page of this person at `address`. */
export async function pageOf(
  browser: Browser,
  webUrl: string,
  person: { email: string; password: string },
  address: string,
): Promise<Page> {
  const page = await newPage(browser, webUrl);
  await page.goto(address);
  await enterCredentials(page, person);
  return page;
}

/** For people to look at. */
export async function takePicture(page: Page, name: string): Promise<void> {
  mkdirSync(PICTURES, { recursive: true });
  // Finishes transitions, such as those between light and dark.
  await page.screenshot({ path: path.join(PICTURES, `${name}.png`), animations: 'disabled' });
}

/** Fails where something cannot be used with a keyboard, a screen reader or weak eyes. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa'])
    // What programs print in a terminal has the colours that they chose.
    .exclude('.xterm')
    .analyze();
  const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)).toEqual([]);
}

/** Fails where the page can be scrolled sideways. */
export async function expectNoOverflow(page: Page): Promise<void> {
  const overflow = await page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
  expect(overflow).toBeLessThanOrEqual(0);
}

/** Pictures of the page as it stands, wide and narrow; it must fit on a telephone and be accessible. */
export async function look(page: Page, name: string): Promise<void> {
  await takePicture(page, name);
  await page.setViewportSize(NARROW);
  await takePicture(page, `${name}-narrow`);
  await expectNoOverflow(page);
  await page.setViewportSize(WIDE);
  await expectAccessible(page);
}

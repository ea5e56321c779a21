import { mkdirSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Stack, startStack } from '../stack/stack.ts';
import { requireTestEngine } from '../stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace, runToEnd } from '../stack/workspace-actions.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { expectAccessible, pageOf, takePicture } from './browsing.ts';
import { launchBrowser } from './launch-browser.ts';

const LARGE_BYTES = 20 * 1024 * 1024;
const BEGINNINGS = { 'kept.txt': 'kept\n', 'site.tar.gz': '\x1f\x8b', 'site.zip': 'PK\x03\x04' };

let stack: Stack;
let browser: Browser;
let page: Page;
let id: string;
let folder: string;

beforeAll(async () => {
  stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
  browser = await launchBrowser();
  id = await createRunningWorkspace(stack.admin, 'files');
  await runToEnd(
    stack.admin,
    id,
    'mkdir many && cd many && seq -f "file-%05.0f" 10000 | xargs touch && cd .. && echo kept > kept.txt && echo old > taken.txt',
  );
  folder = temporaryFolder('to-upload');
  mkdirSync(path.join(folder, 'site/css'), { recursive: true });
  writeFileSync(path.join(folder, 'site/index.html'), '<p>Hello</p>');
  writeFileSync(path.join(folder, 'site/css/main.css'), 'p { color: red }');
  writeFileSync(path.join(folder, 'large.bin'), Buffer.alloc(LARGE_BYTES, 7));
  writeFileSync(path.join(folder, 'taken.txt'), 'new');
  page = await pageOf(browser, stack.webUrl, stack.admin, `/workspaces/${id}`);
  await row('kept.txt').waitFor({ timeout: 60_000 });
});

afterAll(async () => {
  if (page !== undefined) await takePicture(page, 'files-last');
  if (id !== undefined) await deleteWorkspace(stack.admin, id);
  await browser?.close();
  await stack?.stop();
});

const row = (name: string) => page.getByRole('treeitem', { name, exact: true });
const uploads = () => page.getByRole('region', { name: 'Uploads' });
const inWorkspace = async (line: string) => (await runToEnd(stack.admin, id, line)).output;

async function openMenu(name: string, item: string) {
  await row(name).click({ button: 'right' });
  await page.getByRole('menuitem', { name: item, exact: true }).click();
}

describe('the files of a workspace', () => {
  it('draws few of ten thousand, and goes to the last with a key', async () => {
    await row('many').click();
    await row('file-00001').waitFor();
    const tree = page.getByRole('tree', { name: 'File tree' });
    await tree.focus();
    // The rest comes page by page behind the first.
    await expect
      .poll(
        async () => {
          await tree.press('End');
          await tree.press('PageUp');
          return row('file-10000').count();
        },
        { timeout: 60_000 },
      )
      .toBe(1);
    expect(await page.getByRole('treeitem').count()).toBeLessThan(150);
    await takePicture(page, 'files-many');
    await tree.press('Home');
    await row('many').click();
    await row('file-00001').waitFor({ state: 'detached' });
  });

  it('uploads chosen files, in parts and through a broken network, and asks before it replaces one', async () => {
    let cuts = 2;
    await page.route('**/files/uploads/*?offset=*', async (route) => {
      if (route.request().method() !== 'PATCH' || cuts === 0) return route.continue();
      cuts -= 1;
      return route.abort('connectionreset');
    });
    await page
      .getByLabel('Files to upload')
      .setInputFiles([path.join(folder, 'large.bin'), path.join(folder, 'taken.txt')]);
    await uploads().getByText('A file of this name exists.').waitFor();
    await takePicture(page, 'files-uploading');
    await row('large.bin').waitFor({ timeout: 60_000 });
    expect(await inWorkspace('cat taken.txt')).toBe('old\n');
    await uploads().getByRole('button', { name: 'Replace' }).click();
    await uploads().getByText('2 files uploaded').waitFor();
    expect(cuts).toBe(0);
    expect(await inWorkspace('stat --format=%s large.bin; cat taken.txt; ls ~/.cache/podex/uploads')).toBe(
      `${LARGE_BYTES}\nnew`,
    );
    await takePicture(page, 'files-uploaded');
    await uploads().getByRole('button', { name: 'Dismiss' }).click();
    await uploads().waitFor({ state: 'detached' });
  });

  it('uploads a folder with its tree, and what is dropped on a folder into it', async () => {
    await page.getByLabel('Folder to upload').setInputFiles(path.join(folder, 'site'));
    await uploads().getByText('2 files uploaded').waitFor();
    expect(await inWorkspace('cat site/index.html site/css/main.css')).toBe('<p>Hello</p>p { color: red }');
    await row('site').waitFor();
    const dropped = await page.evaluateHandle(() => {
      const transfer = new DataTransfer();
      transfer.items.add(new File(['dropped'], 'dropped.txt'));
      return transfer;
    });
    await row('site').dispatchEvent('dragover', { dataTransfer: dropped });
    await row('site').dispatchEvent('drop', { dataTransfer: dropped });
    await expect.poll(() => inWorkspace('cat site/dropped.txt 2>/dev/null; true')).toBe('dropped');
  });

  it('downloads a file and a folder', async () => {
    // As in a browser that lets no page write to the disk.
    await page.evaluate('delete window.showSaveFilePicker');
    for (const [name, item, file] of [
      ['kept.txt', 'Download', 'kept.txt'],
      ['site', 'Download as .tar.gz', 'site.tar.gz'],
      ['site', 'Download as .zip', 'site.zip'],
    ] as const) {
      const download = page.waitForEvent('download');
      await openMenu(name, item);
      const saved = await download;
      expect(saved.suggestedFilename()).toBe(file);
      const bytes = await readFile(await saved.path());
      expect(bytes.subarray(0, BEGINNINGS[file].length).toString('latin1')).toBe(BEGINNINGS[file]);
    }
  });

  it('deletes to the trash with a key, and undoes it', async () => {
    await row('kept.txt').click({ button: 'right' });
    await takePicture(page, 'files-menu');
    await page.keyboard.press('Escape');
    await page.getByRole('tree', { name: 'File tree' }).press('Delete');
    await page.getByText('kept.txt moved to the trash').waitFor();
    await row('kept.txt').waitFor({ state: 'detached' });
    await takePicture(page, 'files-undo');
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('kept.txt').waitFor();
    expect(await inWorkspace('cat kept.txt')).toBe('kept\n');
  });

  it('shows the trash, restores from it and empties it', async () => {
    await openMenu('kept.txt', 'Delete');
    await openMenu('taken.txt', 'Delete');
    await row('taken.txt').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'More for files' }).click();
    await page.getByRole('menuitem', { name: 'Trash…' }).click();
    const trash = page.getByRole('dialog', { name: 'Trash' });
    await trash.getByText('From /home/dev/kept.txt').waitFor();
    await takePicture(page, 'files-trash');
    await expectAccessible(page);
    await trash
      .getByRole('listitem')
      .filter({ hasText: 'kept.txt' })
      .getByRole('button', { name: 'Restore' })
      .click();
    await trash.getByText('From /home/dev/kept.txt').waitFor({ state: 'detached' });
    await trash.getByRole('button', { name: 'Empty trash…' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Empty trash' }).click();
    await trash.getByText('The trash is empty.').waitFor();
    expect(await inWorkspace('ls ~/.local/share/Trash/files; cat kept.txt')).toBe('kept\n');
  });
});

import { parseArgs } from 'node:util';
import { transcriptPage } from '@podex/contracts/transcript';
import { enterCredentials, newPage } from '../tests/browser/browsing.ts';
import { launchBrowser } from '../tests/browser/launch-browser.ts';
import { beginConversation } from '../tests/stack/conversation-actions.ts';
import { seedConversation } from '../tests/stack/seed-conversation.ts';
import { startStack } from '../tests/stack/stack.ts';
import { requireTestEngine } from '../tests/stack/test-engine.ts';
import { createRunningWorkspace, deleteWorkspace } from '../tests/stack/workspace-actions.ts';
import { type Summary, summarise } from './statistics.ts';

/**
 * `node bench/transcript.ts [--quick]`: opens a conversation of 5,000 messages, through api and on the page, and reads it page by page.
 * Prints a Markdown table. Needs an engine in PODEX_TEST_DOCKER_SOCKET and a built page.
 */
const { values } = parseArgs({ options: { quick: { type: 'boolean', default: false } } });
/** Each is a question and a reply. */
const TURNS = 2_500;
const ROUNDS = values.quick ? 10 : 100;
const OPENINGS = values.quick ? 3 : 10;

const stack = await startStack({ dockerSocket: requireTestEngine(), web: true });
const browser = await launchBrowser();
try {
  const workspaceId = await createRunningWorkspace(stack.admin, 'bench-transcript');
  try {
    const id = await beginConversation(stack.admin, workspaceId, 'auto');
    await seedConversation(stack.postgres, id, TURNS);
    const newest = await measure(ROUNDS, () => readPage(id, null));
    const earlier: number[] = [];
    let next = (await readPage(id, null)).next;
    while (next !== null) {
      const before = next;
      earlier.push(...(await measure(1, async () => ({ next } = await readPage(id, before)))));
    }
    const opened = await openings(workspaceId, id);
    console.log(`\n${TURNS * 2} messages, milliseconds.\n`);
    console.log('| | p50 | p95 |\n| --- | --- | --- |');
    row(`Newest page, through api (${newest.length} times)`, summarise(newest));
    row(`Each earlier page, through api (${earlier.length} pages)`, summarise(earlier));
    row(`From the request for the newest page to its last message on the page (${OPENINGS} times)`, opened);
  } finally {
    await deleteWorkspace(stack.admin, workspaceId);
  }
} finally {
  await browser.close();
  await stack.stop();
}

async function readPage(id: string, after: string | null) {
  const query = after === null ? '' : `?after=${after}`;
  const response = await fetch(`${stack.apiUrl}/api/conversations/${id}/transcript${query}`, {
    headers: { authorization: `Bearer ${stack.admin.token}` },
  });
  return transcriptPage.parse(await response.json());
}

async function measure(rounds: number, act: () => Promise<unknown>): Promise<number[]> {
  const taken: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    await act();
    taken.push(performance.now() - began);
  }
  return taken;
}

async function openings(workspaceId: string, conversationId: string): Promise<Summary> {
  const page = await newPage(browser, stack.webUrl);
  await page.goto(`/workspaces/${workspaceId}`);
  await enterCredentials(page, stack.admin);
  const last = page.getByText(`Part ${TURNS - 1} passes.`);
  await last.waitFor();
  const taken: number[] = [];
  for (let opening = 0; opening < OPENINGS; opening += 1) {
    const asked = page.waitForRequest((request) => request.url().includes(`${conversationId}/transcript`));
    await page.reload({ waitUntil: 'commit' });
    await asked;
    const began = performance.now();
    await last.waitFor();
    taken.push(performance.now() - began);
  }
  return summarise(taken);
}

function row(name: string, { p50, p95 }: Summary): void {
  console.log(`| ${name} | ${p50.toFixed(0)} | ${p95.toFixed(0)} |`);
}

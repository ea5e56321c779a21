import { spawn } from 'node:child_process';
import path from 'node:path';

/**
 * `npm run check`: every law of the repository, all of them even when one fails, slowest first so that they overlap.
 * With `--without-tests` the unit tests are left to the caller, who runs them anyway.
 * Each failure prints what to run to see or mend it.
 */
const ROOT = path.join(import.meta.dirname, '..');
const PARALLEL = 2;
const UNIT_TESTS = 'unit tests';

interface Check {
  name: string;
  command: string[];
  cure: string;
}

const CHECKS: Check[] = [
  { name: 'types', command: ['tsc', '--noEmit', '-p', 'tsconfig.json'], cure: 'npm run types' },
  {
    name: 'types of the page',
    command: ['tsc', '--noEmit', '-p', 'apps/web/tsconfig.json'],
    cure: 'npm run types',
  },
  {
    name: 'format and lint',
    command: ['biome', 'check', '--error-on-warnings', '.'],
    cure: 'npm run format',
  },
  {
    name: 'dependency laws',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser.cjs',
      'apps',
      'services',
      'workspace',
      'packages',
      'tests',
      'bench',
      'scripts',
    ],
    cure: 'npm run laws',
  },
  {
    name: 'circles of folders',
    command: [
      'depcruise',
      '--config',
      '.dependency-cruiser-folders.cjs',
      'apps',
      'services',
      'workspace',
      'packages',
    ],
    cure: 'npm run laws',
  },
  { name: 'dead code', command: ['knip'], cure: 'npm run dead-code' },
  {
    name: 'file size, names and paths',
    command: ['node', 'scripts/check-tree.ts'],
    cure: 'node scripts/check-tree.ts',
  },
  { name: 'generated files', command: ['node', 'scripts/generate.ts', '--check'], cure: 'npm run generate' },
  {
    name: UNIT_TESTS,
    command: ['vitest', 'run', '--project', 'unit', '--reporter=dot'],
    cure: 'npm run test:unit',
  },
];

interface Outcome {
  check: Check;
  ok: boolean;
  output: string;
  seconds: number;
}

function run(check: Check): Promise<Outcome> {
  const startedAt = performance.now();
  const [program = '', ...args] = check.command;
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, PATH: `${path.join(ROOT, 'node_modules/.bin')}:${process.env.PATH}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  return new Promise((resolve) => {
    const finish = (ok: boolean, extra = '') =>
      resolve({
        check,
        ok,
        output: Buffer.concat(chunks).toString() + extra,
        seconds: (performance.now() - startedAt) / 1000,
      });
    child.on('error', (error) => finish(false, error.message));
    child.on('close', (code) => finish(code === 0));
  });
}

const leavesOutTests = process.argv.includes('--without-tests');
const queue = CHECKS.filter(({ name }) => !(leavesOutTests && name === UNIT_TESTS));
const failed: Outcome[] = [];
async function worker(): Promise<void> {
  for (let check = queue.shift(); check; check = queue.shift()) {
    const outcome = await run(check);
    console.log(`${outcome.ok ? 'ok  ' : 'FAIL'} ${outcome.check.name} (${outcome.seconds.toFixed(1)} s)`);
    if (!outcome.ok) failed.push(outcome);
  }
}
await Promise.all(Array.from({ length: PARALLEL }, worker));
for (const { check, output } of failed) {
  console.error(`\n── ${check.name} (again with: ${check.cure})\n${output.trimEnd()}`);
}
process.exit(failed.length > 0 ? 1 : 0);

import type { Command } from 'commander';
import { EXIT, formatCliError, toCliError } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { onStopSignals } from '../platform/stop-signals.ts';
import { createProgress } from '../progress/create-progress.ts';
import { formatDuration, type Progress } from '../progress/progress.ts';
import { checkRepository } from '../test-run/check-repository.ts';
import { prepareTests } from '../test-run/prepare-tests.ts';
import { runProject } from '../test-run/run-project.ts';
import { addCounts, formatCounts, isSuccess, type TestCounts } from '../test-run/test-counts.ts';
import { formatIncident, type Incident } from '../test-run/test-incidents.ts';
import {
  needsNothing,
  planTests,
  TEST_PROJECTS,
  type TestPlan,
  type TestProject,
} from '../test-run/test-plan.ts';

export function addTestCommand(program: Command): void {
  program
    .command('test')
    .description('set up what the tests need and run them')
    .argument(
      '[args...]',
      `projects (${TEST_PROJECTS.join(', ')}; all, after npm run check, when left out), and arguments of vitest`,
    )
    .option('--no-check', 'leave out npm run check')
    .allowUnknownOption()
    .action(test);
}

interface Outcome {
  name: TestProject | 'check' | 'set-up';
  counts: TestCounts;
  incidents: Incident[];
  ms: number;
}

async function test(arguments_: string[], { check }: { check: boolean }): Promise<void> {
  const plan = planTests(arguments_, { check });
  const progress = createProgress(process.stdout, process.env);
  using signals = onStopSignals((line) => progress.note(line));
  const outcomes = [
    ...(plan.check ? [await runCheck(signals.stop)] : []),
    ...(await runProjects(plan.projects.filter(needsNothing), plan, {
      environment: {},
      signal: signals.stop,
    })),
    ...(await runPrepared(plan, { progress, signal: signals.stop })),
  ];
  printSummary(outcomes);
  const total = addCounts(outcomes.map(({ counts }) => counts));
  if (!isSuccess(total)) process.exitCode = EXIT.failed;
  if (signals.wasInterrupted()) process.exitCode = EXIT.interrupted;
  // The last line, and alone on it: programs read it.
  console.log(formatCounts(total));
}

/** The laws of the repository, counted as one test. The unit tests among them follow as a project of their own. */
async function runCheck(signal: AbortSignal): Promise<Outcome> {
  console.log('\n── check');
  const startedAt = performance.now();
  const isGood = await checkRepository(signal);
  const counts = { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 };
  return { name: 'check', counts, incidents: [], ms: performance.now() - startedAt };
}

/** The projects that need something. That it cannot be had counts as one failure. */
async function runPrepared(
  plan: TestPlan,
  options: { progress: Progress; signal: AbortSignal },
): Promise<Outcome[]> {
  const projects = plan.projects.filter((project) => !needsNothing(project));
  if (projects.length === 0 || options.signal.aborted) return [];
  const startedAt = performance.now();
  const prepared = await prepareTests(plan.needs, loadCliConfig(), options).catch((error: unknown) => {
    process.stderr.write(`${formatCliError(toCliError(error))}\n`);
    return undefined;
  });
  if (!prepared) {
    const counts = { passed: 0, failed: 1, skipped: 0 };
    return [{ name: 'set-up', counts, incidents: [], ms: performance.now() - startedAt }];
  }
  try {
    return await runProjects(projects, plan, { environment: prepared.environment, signal: options.signal });
  } finally {
    await prepared.cleanUp();
  }
}

async function runProjects(
  projects: readonly TestProject[],
  { vitestArguments }: TestPlan,
  { environment, signal }: { environment: Record<string, string>; signal: AbortSignal },
): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const project of projects) {
    if (signal.aborted) break;
    console.log(`\n── ${project} tests`);
    const startedAt = performance.now();
    const run = await runProject(project, { environment, vitestArguments, signal });
    outcomes.push({ name: project, ...run, ms: performance.now() - startedAt });
  }
  return outcomes;
}

/** What went wrong once more, by name: the lines above it are thousands. */
function printSummary(outcomes: readonly Outcome[]): void {
  console.log('');
  const incidents = outcomes.flatMap((outcome) => outcome.incidents);
  for (const incident of incidents) console.log(formatIncident(incident));
  if (incidents.length > 0) console.log('');
  for (const { name, counts, ms } of outcomes) {
    console.log(`${name.padEnd(12)} ${formatCounts(counts)} (${formatDuration(ms)})`);
  }
}

import type { Command } from 'commander';
import { EXIT } from '../cli-error.ts';
import { loadCliConfig } from '../config.ts';
import { onStopSignals } from '../platform/stop-signals.ts';
import { createProgress } from '../progress/create-progress.ts';
import { formatDuration } from '../progress/progress.ts';
import { prepareTests } from '../test-run/prepare-tests.ts';
import { runProject } from '../test-run/run-project.ts';
import { addCounts, formatCounts, isSuccess, type TestCounts } from '../test-run/test-counts.ts';
import { planTests, TEST_PROJECTS, type TestPlan, type TestProject } from '../test-run/test-plan.ts';

export function addTestCommand(program: Command): void {
  program
    .command('test')
    .description('set up what the tests need and run them')
    .argument(
      '[args...]',
      `projects (${TEST_PROJECTS.join(', ')}; all when left out), and arguments of vitest`,
    )
    .allowUnknownOption()
    .action(test);
}

interface ProjectOutcome {
  project: TestProject;
  counts: TestCounts;
  ms: number;
}

async function test(arguments_: string[]): Promise<void> {
  const plan = planTests(arguments_);
  const progress = createProgress(process.stdout, process.env);
  using signals = onStopSignals((line) => progress.note(line));
  const prepared = await prepareTests(plan.needs, loadCliConfig(), { progress, signal: signals.stop });
  let outcomes: ProjectOutcome[];
  try {
    outcomes = await runProjects(plan, prepared.environment, signals.stop);
  } finally {
    await prepared.cleanUp();
  }
  printSummary(outcomes);
  const total = addCounts(outcomes.map(({ counts }) => counts));
  if (!isSuccess(total)) process.exitCode = EXIT.failed;
  if (signals.wasInterrupted()) process.exitCode = EXIT.interrupted;
  // The last line, and alone on it: programs read it.
  console.log(formatCounts(total));
}

async function runProjects(
  { projects, vitestArguments }: TestPlan,
  environment: Record<string, string>,
  signal: AbortSignal,
): Promise<ProjectOutcome[]> {
  const outcomes: ProjectOutcome[] = [];
  for (const project of projects) {
    if (signal.aborted) break;
    console.log(`\n── ${project} tests`);
    const startedAt = performance.now();
    const counts = await runProject(project, { environment, vitestArguments, signal });
    outcomes.push({ project, counts, ms: performance.now() - startedAt });
  }
  return outcomes;
}

function printSummary(outcomes: readonly ProjectOutcome[]): void {
  console.log('');
  for (const { project, counts, ms } of outcomes) {
    console.log(`${project.padEnd(12)} ${formatCounts(counts)} (${formatDuration(ms)})`);
  }
}

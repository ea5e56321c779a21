import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { CHECKOUT } from '../config.ts';
import { childPath } from '../platform/processes.ts';
import { readJsonFile } from '../state/json-file.ts';
import { filesToTryAgain, withSecondTry } from './second-try.ts';
import { countTests, type TestCounts, type TestReport, testReport } from './test-counts.ts';
import { type Incident, listIncidents } from './test-incidents.ts';
import { needsNothing, type TestProject } from './test-plan.ts';

const KILL_AFTER_MS = 15_000;

export interface RunProjectOptions {
  environment: Readonly<Record<string, string>>;
  vitestArguments: readonly string[];
  signal: AbortSignal;
}

export interface ProjectRun {
  counts: TestCounts;
  incidents: Incident[];
}

/**
 * Runs one vitest project with its output on this terminal. Machines stall: a test on real parts that fails is tried
 * once more at once, and the files that failed of a whole run once more alone, with everything of theirs set up afresh.
 * What failed first is among the incidents.
 */
export async function runProject(project: TestProject, options: RunProjectOptions): Promise<ProjectRun> {
  const first = await runVitest(project, options);
  const isWhole = options.vitestArguments.length === 0;
  const files = isWhole && !needsNothing(project) && first.report ? filesToTryAgain(first.report) : [];
  if (!first.report || files.length === 0 || options.signal.aborted) return toRun(first);
  console.log(
    `\n── ${project} tests, second try of ${files.length === 1 ? 'one file' : `${files.length} files`}`,
  );
  const second = await runVitest(project, { ...options, vitestArguments: files });
  if (!second.report) return toRun(first);
  return toRun({ report: withSecondTry(first.report, second.report), exitCode: second.exitCode });
}

interface VitestRun {
  report: TestReport | undefined;
  exitCode: number;
}

function toRun({ report, exitCode }: VitestRun): ProjectRun {
  return { counts: countTests(report, exitCode), incidents: report ? listIncidents(report, CHECKOUT) : [] };
}

async function runVitest(
  project: TestProject,
  { environment, vitestArguments, signal }: RunProjectOptions,
): Promise<VitestRun> {
  const directory = await mkdtemp(path.join(tmpdir(), 'podex-test-report-'));
  const report = path.join(directory, 'report.json');
  const vitestPackage = createRequire(path.join(CHECKOUT, 'package.json')).resolve('vitest/package.json');
  const vitest = path.join(path.dirname(vitestPackage), 'vitest.mjs');
  try {
    const { exitCode } = await execa(
      process.execPath,
      [
        vitest,
        'run',
        `--project=${project}`,
        '--reporter=default',
        '--reporter=json',
        `--outputFile.json=${report}`,
        ...(needsNothing(project) ? [] : ['--retry=1']),
        // With a filter most projects have nothing to run; whether anything ran at all is asked at the end.
        ...(vitestArguments.length > 0 ? ['--passWithNoTests'] : []),
        ...vitestArguments,
      ],
      {
        cwd: CHECKOUT,
        env: { ...environment, PATH: childPath(process.env.PATH), NODE_COMPILE_CACHE: undefined },
        stdin: 'ignore',
        stdout: 'inherit',
        stderr: 'inherit',
        reject: false,
        cancelSignal: signal,
        forceKillAfterDelay: KILL_AFTER_MS,
      },
    );
    return { report: await readJsonFile(report, testReport), exitCode: exitCode ?? 1 };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The vitest projects, in the order they run: the quickest to fail first. */
export const TEST_PROJECTS = ['unit', 'services', 'integration', 'e2e', 'browser'] as const;
export type TestProject = (typeof TEST_PROJECTS)[number];

/** What has to be there before a project can run. */
export interface TestNeeds {
  /** A Docker engine with `runsc` and the workspace image, the tools of the test hosts, Redis. */
  engine: boolean;
  page: boolean;
  browser: boolean;
}

export interface TestPlan {
  /** `npm run check` goes first. */
  check: boolean;
  projects: readonly TestProject[];
  /** For vitest, as they were given. */
  vitestArguments: readonly string[];
  needs: TestNeeds;
}

/**
 * Reads the arguments of `podex test`: names of projects choose them (all when there is none), everything else
 * goes to vitest. Without any the laws of the repository are checked as well, unless `check` is false.
 */
export function planTests(arguments_: readonly string[], { check }: { check: boolean }): TestPlan {
  const chosen = new Set(arguments_.filter(isProject));
  const projects = TEST_PROJECTS.filter((project) => chosen.size === 0 || chosen.has(project));
  return {
    check: check && arguments_.length === 0,
    projects,
    vitestArguments: arguments_.filter((argument) => !isProject(argument)),
    needs: {
      engine: !projects.every(needsNothing),
      page: !projects.every(needsNothing),
      browser: projects.includes('browser'),
    },
  };
}

/** Whether a project runs wherever Node does. */
export function needsNothing(project: TestProject): boolean {
  return project === 'unit';
}

function isProject(text: string): text is TestProject {
  return TEST_PROJECTS.some((project) => project === text);
}

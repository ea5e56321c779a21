import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

/**
 * A registry may lack the optional packages that others need on their platform (a linter’s binary for Android, say). npm then
 * leaves them out of package-lock.json, and every later `npm ci` refuses the file as incomplete. This names them in it, so that
 * `npm ci` passes and skips them where they do not fit.
 */
const OPERATING_SYSTEMS = [
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
];
const PROCESSORS = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64'];

const dependent = z.object({
  dev: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).default({}),
});
/** Values stay as they are, and in their order: only npm knows what else is in them. */
const record = z.record(z.string(), z.unknown());

/** The text that package-lock.json should have. */
export function completeLockfile(root: string): string {
  const lock = record.parse(JSON.parse(readFileSync(path.join(root, 'package-lock.json'), 'utf8')));
  const entries = new Map(Object.entries(record.parse(lock.packages)));
  for (const [, entry] of [...entries]) {
    const { optionalDependencies, dev } = dependent.parse(entry);
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const place = `node_modules/${name}`;
      if (/^\d/.test(version) && !entries.has(place)) entries.set(place, bareEntry(name, version, dev));
    }
  }
  // As npm orders them.
  const packages = Object.fromEntries(
    [...entries].sort(([left], [right]) => left.localeCompare(right, 'en')),
  );
  return `${JSON.stringify({ ...lock, packages }, null, 2)}\n`;
}

function bareEntry(name: string, version: string, isDev: boolean | undefined) {
  const words = name.split(/[/-]/);
  return {
    version,
    cpu: PROCESSORS.filter((processor) => words.includes(processor)),
    ...(isDev ? { dev: true } : {}),
    ...(words.some((word) => word.includes('musl')) ? { libc: ['musl'] } : {}),
    optional: true,
    os: OPERATING_SYSTEMS.filter((system) => words.includes(system)),
  };
}

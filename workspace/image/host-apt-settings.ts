import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { execa } from 'execa';
import type { ImageBuildConfig } from './config.ts';

/** A distribution and its release, e.g. debian bookworm. */
export interface Distribution {
  id: string;
  codename: string;
}

interface AptSource {
  uri: string;
  suite: string;
  components: string[];
}

/** How this machine's apt reaches its packages. */
export interface HostAptSettings {
  distribution: Distribution;
  /** The distribution's own sources, without backports and other vendors. Empty when apt has none. */
  sources: AptSource[];
  /** Lines of apt.conf: proxies, and the checks that a frozen mirror needs switched off. */
  configuration: string[];
  /** The certificate authorities that apt trusts for https mirrors, PEM; undefined when this machine has none. */
  certificateAuthorities: Buffer | undefined;
  httpProxy: string | undefined;
}

/** Files that carry this machine's settings into a build. Removed again by `SCRUB_COMMAND`. */
const BUILD_FILES = {
  sources: '/etc/apt/podex-build.list',
  configuration: '/etc/apt/apt.conf.d/00podex-build',
  certificateAuthorities: '/etc/apt/podex-build-ca.pem',
} as const;

/** Shell command that takes the settings of the build's machine, and what a build leaves, out of a root file system. */
export const SCRUB_COMMAND = `rm -rf ${Object.values(BUILD_FILES).join(' ')} /var/lib/apt/lists/* /tmp/* /var/tmp/*`;

const HOST_CA_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const APT_TIMEOUT_MS = 30_000;

/**
 * Reads the settings through apt itself, so every format of source list and every drop-in is understood.
 *
 * @throws when this machine has no apt.
 */
export async function readHostAptSettings(config: ImageBuildConfig): Promise<HostAptSettings> {
  const distribution = parseOsRelease(await readFile('/etc/os-release', 'utf8'));
  const targets = await execa(
    'apt-get',
    ['indextargets', '--format', '$(CREATED_BY)|$(ORIGIN)|$(RELEASE)|$(COMPONENT)|$(REPO_URI)'],
    { timeout: APT_TIMEOUT_MS },
  );
  const dump = await execa('apt-config', ['dump'], { timeout: APT_TIMEOUT_MS });
  const configuration = selectConfiguration(dump.stdout, config);
  const ownBundle = /^Acquire::https::CAInfo "(.+)";$/m.exec(dump.stdout)?.[1];
  return {
    distribution,
    sources: parseIndexTargets(targets.stdout, distribution),
    configuration,
    certificateAuthorities: await readIfThere(ownBundle ?? HOST_CA_BUNDLE),
    httpProxy: proxyOf(configuration, 'http'),
  };
}

/** `ID` and `VERSION_CODENAME` of an os-release file; empty strings where they are missing. */
export function parseOsRelease(text: string): Distribution {
  const read = (name: string) => new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return { id: read('ID'), codename: read('VERSION_CODENAME') };
}

/** The sources of the distribution itself among the lines of `apt-get indextargets`. */
export function parseIndexTargets(text: string, distribution: Distribution): AptSource[] {
  const suites = ['', '-updates', '-security'].map((suffix) => distribution.codename + suffix);
  const sources = new Map<string, AptSource>();
  for (const line of text.split('\n')) {
    const [createdBy, origin = '', suite = '', component = '', uri = ''] = line.split('|');
    // Origin is unknown (empty) until the lists have been fetched once.
    const isOwn = origin === '' || origin.toLowerCase() === distribution.id;
    if (createdBy !== 'Packages' || !isOwn || !suites.includes(suite)) continue;
    const source = sources.get(`${uri} ${suite}`) ?? { uri, suite, components: [] };
    if (!source.components.includes(component)) source.components.push(component);
    sources.set(`${uri} ${suite}`, source);
  }
  return [...sources.values()];
}

/** The sources that anyone's machine can reach, for the finished image. */
export function publicSources({ id, codename }: Distribution, architecture: string): string {
  if (id === 'ubuntu') {
    const uri =
      architecture === 'x64' ? 'http://archive.ubuntu.com/ubuntu' : 'http://ports.ubuntu.com/ubuntu-ports';
    return ['', '-updates', '-security']
      .map((suffix) => `deb ${uri} ${codename}${suffix} main universe\n`)
      .join('');
  }
  return [
    `deb http://deb.debian.org/debian ${codename} main\n`,
    `deb http://deb.debian.org/debian ${codename}-updates main\n`,
    `deb http://deb.debian.org/debian-security ${codename}-security main\n`,
  ].join('');
}

/**
 * Writes the build files below `root`. The base's own source lists stay as they are: the build files switch
 * them off while they are there, if the base is the same release as this machine.
 */
export async function writeBuildFiles(
  root: string,
  settings: HostAptSettings,
  base: Distribution,
): Promise<void> {
  const lines = [...settings.configuration];
  const place = (name: keyof typeof BUILD_FILES) => path.join(root, BUILD_FILES[name]);
  await mkdir(path.dirname(place('configuration')), { recursive: true });
  if (settings.certificateAuthorities) {
    await writeFile(place('certificateAuthorities'), settings.certificateAuthorities);
    lines.push(`Acquire::https::CAInfo "${BUILD_FILES.certificateAuthorities}";`);
  }
  const isSameRelease =
    base.id === settings.distribution.id && base.codename === settings.distribution.codename;
  if (isSameRelease && settings.sources.length > 0) {
    await writeFile(place('sources'), settings.sources.map(formatSource).join(''));
    lines.push(`Dir::Etc::SourceList "${BUILD_FILES.sources}";`, 'Dir::Etc::SourceParts "/dev/null";');
  }
  await writeFile(place('configuration'), `${lines.join('\n')}\n`);
}

function formatSource({ uri, suite, components }: AptSource): string {
  return `deb ${uri} ${suite} ${components.join(' ')}\n`;
}

/** Settings that name a file of this machine (certificates, scripts) mean nothing elsewhere. */
export function selectConfiguration(dump: string, config: ImageBuildConfig): string[] {
  const fromEnvironment = [
    ...(config.httpProxy ? [`Acquire::http::Proxy "${config.httpProxy}";`] : []),
    ...(config.httpsProxy ? [`Acquire::https::Proxy "${config.httpsProxy}";`] : []),
  ];
  // apt's own settings come last: they win over the environment's, as they do in apt.
  const fromApt = dump
    .split('\n')
    .filter((line) => /^Acquire::(https?::|Check-(Valid-Until|Date) )/.test(line))
    .filter(
      (line) => !/ "";$/.test(line) && !/::(CAInfo|CAPath|CrlFile|Ssl\w+|Proxy-Auto-?Detect) /i.test(line),
    );
  return [...fromEnvironment, ...fromApt];
}

function proxyOf(configuration: string[], scheme: 'http' | 'https'): string | undefined {
  const pattern = new RegExp(`^Acquire::${scheme}::Proxy "(.+)";$`, 'i');
  return configuration.map((line) => pattern.exec(line)?.[1]).findLast((proxy) => proxy !== undefined);
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../tests/temporary-folder.ts';
import {
  type HostAptSettings,
  parseIndexTargets,
  parseOsRelease,
  publicSources,
  SCRUB_COMMAND,
  selectConfiguration,
  writeBuildFiles,
} from './host-apt-settings.ts';

const bookworm = { id: 'debian', codename: 'bookworm' };

const settings: HostAptSettings = {
  distribution: bookworm,
  sources: [{ uri: 'https://mirror.example/debian/', suite: 'bookworm', components: ['main', 'contrib'] }],
  configuration: ['Acquire::http::Proxy "http://proxy.example:3128";'],
  certificateAuthorities: Buffer.from('PEM'),
  httpProxy: undefined,
};

async function writtenFiles(base: { id: string; codename: string }): Promise<Record<string, string>> {
  const root = temporaryFolder('apt');
  try {
    await writeBuildFiles(root, settings, base);
    const names = await readdir(root, { recursive: true, withFileTypes: true });
    const files = names
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    return Object.fromEntries(
      await Promise.all(
        files.map(async (file) => [file.slice(root.length), await readFile(file, 'utf8')] as const),
      ),
    );
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

describe("this machine's way to reach packages", () => {
  it('knows the distribution from os-release', () => {
    expect(parseOsRelease('NAME="Debian GNU/Linux"\nVERSION_CODENAME=bookworm\nID=debian\n')).toEqual(
      bookworm,
    );
    expect(parseOsRelease('')).toEqual({ id: '', codename: '' });
  });

  it("takes the distribution's own sources, and neither backports nor other vendors", () => {
    const lines = [
      'Packages|Debian|bookworm|main|http://mirror.example/debian/',
      'Packages|Debian|bookworm|contrib|http://mirror.example/debian/',
      'Translations|Debian|bookworm|main|http://mirror.example/debian/',
      'Packages|Debian|bookworm-security|main|http://mirror.example/security/',
      'Packages|Debian Backports|bookworm-backports|main|http://mirror.example/debian/',
      'Packages|Docker|bookworm|stable|https://vendor.example/debian/',
    ];
    expect(parseIndexTargets(lines.join('\n'), bookworm)).toEqual([
      { uri: 'http://mirror.example/debian/', suite: 'bookworm', components: ['main', 'contrib'] },
      { uri: 'http://mirror.example/security/', suite: 'bookworm-security', components: ['main'] },
    ]);
  });

  it('takes proxies and checks, but nothing that names a file of this machine', () => {
    const dump = [
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::https::CAInfo "/etc/ssl/private-ca.pem";',
      'Acquire::http::Proxy-Auto-Detect "/usr/bin/detect";',
      'Acquire::Check-Valid-Until "false";',
      'Acquire::GzipIndexes "true";',
      'Acquire::http "";',
    ];
    const config = {
      httpProxy: 'http://environment.example',
      httpsProxy: undefined,
      workDirectory: '/var/tmp',
    };
    expect(selectConfiguration(dump.join('\n'), config)).toEqual([
      'Acquire::http::Proxy "http://environment.example";',
      'Acquire::http::Proxy "http://proxy.example:3128";',
      'Acquire::Check-Valid-Until "false";',
    ]);
  });

  it('is written to files of its own, all of which are scrubbed', async () => {
    const files = await writtenFiles(bookworm);
    expect(files['/etc/apt/podex-build.list']).toBe(
      'deb https://mirror.example/debian/ bookworm main contrib\n',
    );
    expect(files['/etc/apt/apt.conf.d/00podex-build']).toContain(
      'Dir::Etc::SourceList "/etc/apt/podex-build.list";',
    );
    for (const file of Object.keys(files)) expect(SCRUB_COMMAND).toContain(` ${file} `);
  });

  it("leaves the sources of another distribution's base alone", async () => {
    const files = await writtenFiles({ id: 'ubuntu', codename: 'noble' });
    expect(Object.keys(files)).not.toContain('/etc/apt/podex-build.list');
    expect(files['/etc/apt/apt.conf.d/00podex-build']).toContain('Proxy "http://proxy.example:3128"');
  });
});

describe('the sources of the finished image', () => {
  it('are the public ones', () => {
    expect(publicSources(bookworm, 'x64')).toContain(
      'deb http://deb.debian.org/debian-security bookworm-security main',
    );
    expect(publicSources({ id: 'ubuntu', codename: 'noble' }, 'arm64')).toContain('ports.ubuntu.com');
  });
});

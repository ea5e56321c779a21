import { newId } from '@podex/contracts/ids';
import { describe, expect, it } from 'vitest';
import { PreviewHosts } from './preview-hosts.ts';

const id = newId('workspace');
const label = `5173--${id.slice(3)}`;
const place = { workspaceId: id, port: 5173 };

function hostsOf(frontendOrigin: string, previewDomain?: { hostname: string; port: string | undefined }) {
  const hosts = PreviewHosts.of({ frontendOrigin, previewDomain, port: 3001 });
  if (hosts === undefined) throw new Error('there are no previews');
  return hosts;
}

describe('the hosts of previews', () => {
  it('need no setting up on one machine, and a domain elsewhere', () => {
    expect(hostsOf('http://127.0.0.1:3000').originOf(place)).toBe(`http://${label}.preview.localhost:3001`);
    expect(
      PreviewHosts.of({ frontendOrigin: 'https://podex.example', previewDomain: undefined, port: 3001 }),
    ).toBeUndefined();
    const hosts = hostsOf('https://podex.example', { hostname: 'previews.example', port: undefined });
    expect([hosts.originOf(place), hosts.isHttps]).toEqual([`https://${label}.previews.example`, true]);
  });

  it('are read by their name alone', () => {
    const hosts = hostsOf('https://podex.example', { hostname: 'previews.example', port: '8443' });
    expect(hosts.originOf(place)).toBe(`https://${label}.previews.example:8443`);
    for (const host of [`${label}.previews.example`, `${label.toUpperCase()}.PREVIEWS.example:1`]) {
      expect(hosts.parse(host)).toEqual(place);
    }
    for (const host of [
      'previews.example',
      `x.${label}.previews.example`,
      `${label}.previews.example.`,
      `${label}.previews.example.:443`,
      `05173--${id.slice(3)}.previews.example`,
      `70000--${id.slice(3)}.previews.example`,
      `5173--${id.slice(4)}.previews.example`,
      `xn--5173--${id.slice(3)}.previews.example`,
    ]) {
      expect([host, hosts.parse(host)]).toEqual([host, 'unknown']);
    }
    for (const host of [
      'podex.example',
      `${label}.notpreviews.example`,
      `${label}.previews.example.evil.example`,
      '',
      'é',
    ]) {
      expect([host, hosts.parse(host)]).toEqual([host, undefined]);
    }
  });

  it('tell the pages of one workspace from all others', () => {
    const hosts = hostsOf('https://podex.example', { hostname: 'previews.example', port: undefined });
    expect(hosts.isOfWorkspace(`https://3000--${id.slice(3)}.previews.example`, id)).toBe(true);
    for (const origin of [
      `http://3000--${id.slice(3)}.previews.example`,
      `https://3000--${id.slice(3)}.previews.example:444`,
      `https://3000--${newId('workspace').slice(3)}.previews.example`,
      'https://podex.example',
      'null',
    ]) {
      expect([origin, hosts.isOfWorkspace(origin, id)]).toEqual([origin, false]);
    }
  });
});

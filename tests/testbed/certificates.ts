import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from './run-command.ts';
import type { TestServerOptions } from './server-options.ts';

/** The files that a client of one server needs, as paths of PEM files. */
export interface ClientTls {
  ca: string;
  cert: string;
  key: string;
}

/** Credentials that a good server must refuse. */
export interface RefusedTls {
  /** Trusts the server, shows nothing. */
  noCertificate: { ca: string };
  /** A client certificate of another authority. */
  foreignAuthority: ClientTls;
  /** The right authority, but a certificate for servers only. */
  serverOnly: ClientTls;
  /** The right authority and purpose, but expired yesterday. */
  expired: ClientTls;
}

export interface ServerCertificates {
  /** ca.pem, server-cert.pem, server-key.pem, client-cert.pem, client-key.pem, as on a real workspace server. */
  directory: string;
  server: ClientTls;
  client: ClientTls;
  refused: RefusedTls;
}

interface Leaf {
  authority: string;
  commonName: string;
  /** Lines of an openssl extension section. */
  extensions: string[];
  validDays: number;
}

/**
 * Makes one server's own authority and certificates, and the credentials that it must refuse.
 * The authority's key stays beside them: these are for tests.
 */
export async function createCertificates(
  directory: string,
  server: { name: string; address: string } & Pick<TestServerOptions, 'certificate'>,
): Promise<ServerCertificates> {
  const refusedDirectory = path.join(directory, 'refused');
  await mkdir(refusedDirectory, { recursive: true });
  const authority = path.join(directory, 'ca');
  const foreign = path.join(refusedDirectory, 'foreign-ca');
  await Promise.all([
    createAuthority(authority, `${server.name} CA`),
    createAuthority(foreign, 'a foreign CA'),
  ]);
  const forClients = ['extendedKeyUsage=clientAuth'];
  const [serverFiles, client, foreignAuthority, serverOnly, expired] = await Promise.all([
    createLeaf(path.join(directory, 'server'), serverLeaf(authority, server)),
    createLeaf(path.join(directory, 'client'), leaf(authority, 'podex compute', forClients)),
    createLeaf(path.join(refusedDirectory, 'foreign'), leaf(foreign, 'podex compute', forClients)),
    createLeaf(
      path.join(refusedDirectory, 'server-only'),
      leaf(authority, 'a server', ['extendedKeyUsage=serverAuth']),
    ),
    createLeaf(path.join(refusedDirectory, 'expired'), {
      ...leaf(authority, 'podex compute', forClients),
      validDays: -1,
    }),
  ]);
  const ca = `${authority}.pem`;
  const trusting = (files: { cert: string; key: string }) => ({ ca, ...files });
  return {
    directory,
    server: trusting(serverFiles),
    client: trusting(client),
    refused: {
      noCertificate: { ca },
      foreignAuthority: trusting(foreignAuthority),
      serverOnly: trusting(serverOnly),
      expired: trusting(expired),
    },
  };
}

/**
 * Makes another client certificate of a server’s authority, which the server takes like the first one.
 *
 * @param directory where `createCertificates` has put the server’s.
 * @param prefix of the files that are written: `<prefix>-cert.pem` and `<prefix>-key.pem`.
 */
export async function createClientCertificate(
  directory: string,
  prefix: string,
  validDays: number,
): Promise<{ cert: string; key: string }> {
  const authority = path.join(directory, 'ca');
  const extensions = ['extendedKeyUsage=clientAuth'];
  return createLeaf(prefix, { ...leaf(authority, 'podex compute', extensions), validDays });
}

function leaf(authority: string, commonName: string, extensions: string[]): Leaf {
  return { authority, commonName, extensions, validDays: 90 };
}

function serverLeaf(
  authority: string,
  { name, address, certificate = 'valid' }: Parameters<typeof createCertificates>[1],
): Leaf {
  const names =
    certificate === 'wrong-name'
      ? 'DNS:elsewhere.example,IP:192.0.2.99'
      : `DNS:${name},DNS:localhost,IP:${address}`;
  const extensions = [`subjectAltName=${names}`, 'extendedKeyUsage=serverAuth'];
  return { authority, commonName: name, extensions, validDays: certificate === 'expired' ? -1 : 90 };
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Writes `<prefix>.pem` and `<prefix>-key.pem`. */
async function createAuthority(prefix: string, commonName: string): Promise<void> {
  const files = ['-keyout', `${prefix}-key.pem`, '-out', `${prefix}.pem`];
  const extensions = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign'];
  await runCommand('openssl', [
    'req',
    '-x509',
    ...NEW_KEY,
    ...files,
    '-days',
    '365',
    '-subj',
    `/CN=${commonName}`,
    ...extensions,
  ]);
}

/** Writes `<prefix>-cert.pem` and `<prefix>-key.pem`. */
async function createLeaf(prefix: string, options: Leaf): Promise<{ cert: string; key: string }> {
  const files = { cert: `${prefix}-cert.pem`, key: `${prefix}-key.pem` };
  const request = `${prefix}.csr`;
  const { authority, commonName, extensions, validDays } = options;
  await runCommand('openssl', [
    'req',
    ...NEW_KEY,
    '-keyout',
    files.key,
    '-out',
    request,
    '-subj',
    `/CN=${commonName}`,
  ]);
  const extensionFile = `${prefix}.ext`;
  await writeFile(extensionFile, `${extensions.join('\n')}\n`);
  await runCommand('openssl', [
    ...['x509', '-req', '-in', request, '-out', files.cert, '-days', String(validDays)],
    // A serial of its own and not -CAcreateserial: several certificates are made at a time.
    ...['-CA', `${authority}.pem`, '-CAkey', `${authority}-key.pem`, '-set_serial', randomSerial()],
    ...['-extfile', extensionFile],
  ]);
  await rm(extensionFile);
  await rm(request);
  return files;
}

function randomSerial(): string {
  return `0x${crypto.randomUUID().replaceAll('-', '').slice(1)}`;
}

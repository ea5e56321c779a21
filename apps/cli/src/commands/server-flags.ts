import type { Command } from 'commander';
import type { z } from 'zod';
import { CliError, EXIT } from '../cli-error.ts';

/** Flags that describe a server, under the names of the API’s fields. */
export interface ServerFlags {
  hostname?: string;
  dockerPort?: string;
  tlsCaPath?: string;
  tlsCertPath?: string;
  tlsKeyPath?: string;
  totalCpu?: string;
  totalMemoryMb?: string;
  totalDiskGb?: string;
  label?: string[];
  region?: string;
}

export function addServerFlags(command: Command): Command {
  return command
    .option('--hostname <host>', 'host name or address of its Docker engine')
    .option('--docker-port <port>', 'port of its engine with TLS (2376)')
    .option('--tls-ca-path <path>', 'CA of its certificate, on the disk of the compute service')
    .option('--tls-cert-path <path>', 'our client certificate, on the same disk')
    .option('--tls-key-path <path>', 'its key, on the same disk')
    .option('--total-cpu <count>', 'processors for workspaces')
    .option('--total-memory-mb <megabytes>', 'memory for workspaces')
    .option('--total-disk-gb <gigabytes>', 'disk for workspaces')
    .option('--label <key=value>', 'a label; may be repeated', addWord)
    .option('--region <region>', 'where it stands');
}

/** The body of the API’s routes; a flag that was not given is left out. An empty `--region` takes it away. */
export function serverBody(flags: ServerFlags): Record<string, unknown> {
  const body = {
    hostname: flags.hostname,
    docker_port: numberOf(flags.dockerPort),
    tls_ca_path: flags.tlsCaPath,
    tls_cert_path: flags.tlsCertPath,
    tls_key_path: flags.tlsKeyPath,
    total_cpu: numberOf(flags.totalCpu),
    total_memory_mb: numberOf(flags.totalMemoryMb),
    total_disk_gb: numberOf(flags.totalDiskGb),
    labels: readLabels(flags.label),
    region: flags.region === '' ? null : flags.region,
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

/** @throws CliError that names the flag. */
export function parseServer<Schema extends z.ZodType>(
  schema: Schema,
  body: Record<string, unknown>,
  help: string,
): z.output<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = String(issue?.path[0] ?? '');
  const isMissing = body[field] === undefined;
  const flag = field === 'name' ? 'name' : `--${field.replace(/^labels$/, 'label').replaceAll('_', '-')}`;
  throw new CliError(isMissing ? `${flag} is missing` : `${flag}: ${issue?.message}`, {
    cure: help,
    exitCode: EXIT.usage,
  });
}

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** For an option that may be repeated. */
export function addWord(word: string, before: readonly string[] = []): string[] {
  return [...before, word];
}

/** @throws CliError when one is not `key=value`. */
export function readLabels(texts: readonly string[] | undefined): Record<string, string> | undefined {
  return texts && Object.fromEntries(texts.filter((text) => text !== '').map(readLabel));
}

function readLabel(text: string): [string, string] {
  const at = text.indexOf('=');
  if (at > 0) return [text.slice(0, at), text.slice(at + 1)];
  throw new CliError(`--label ${text}: write it as key=value`, { exitCode: EXIT.usage });
}

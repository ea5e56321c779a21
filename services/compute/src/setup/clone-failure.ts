import type { Command } from '@podex/contracts/commands';
import { plainText } from '@podex/contracts/plain-text';
import { CLONE_EXIT, repositoryName } from './clone-command.ts';

const MAX_DETAIL_CHARACTERS = 300;
/** By a shell, of a process that was killed. */
const KILLED_EXIT_CODE = 137;

type Ended = Pick<Command, 'status' | 'exit_code' | 'signal' | 'output'>;

/** What git and what it calls say (in English: LC_ALL is C), and what its owner is told. The first that fits. */
const CAUSES: readonly [RegExp, (host: string, branch: string | null) => string][] = [
  [
    /no space left on device|disk quota exceeded|file too large/i,
    () => 'The disk is full. Free some space in the workspace.',
  ],
  [
    /could not resolve host|name or service not known|temporary failure in name resolution/i,
    (host) => `The name ${host} does not resolve. Check the address, and the name servers of the workspace.`,
  ],
  [
    /remote branch .* not found/i,
    (_host, branch) => `The repository has no branch ${branch ?? 'of that name'}. Check the branch.`,
  ],
  [
    /could not read username|authentication failed|terminal prompts disabled|permission denied \(|invalid username|error: 40[13]\b/i,
    (host) =>
      `${host} asks for a sign-in: the repository is private or does not exist. Check the address, or give the workspace access to it (a key or a credential helper in its home folder).`,
  ],
  [
    /repository .*not found|does not appear to be a git repository|error: 404\b|not valid: is this a git repository/i,
    (host) => `There is no such repository on ${host}, or it is private. Check the address.`,
  ],
  [
    /host key verification failed/i,
    (host) => `The key of ${host} is not known. Connect to it once by ssh in a terminal of the workspace.`,
  ],
  [
    /cannot run ssh/i,
    () => 'The image has no ssh. Install it in the workspace, or use the https address of the repository.',
  ],
  [
    /certificate/i,
    (host) => `The certificate of ${host} is not trusted in the workspace. Install its CA there.`,
  ],
  [
    /connection refused|connection timed out|timed out|failed to connect|couldn't connect|could not connect|network is unreachable|no route to host|connection reset|operation too slow|unable to access|early eof|hung up/i,
    (host) =>
      `The workspace can’t reach ${host}, or the connection broke. Check the address and that the network is allowed.`,
  ],
  [/out of memory|cannot allocate memory/i, () => 'Memory ran out. A larger size has more.'],
];

/** Why a clone failed and what helps. Nothing of it is secret: user names, passwords and queries of addresses are left out. */
export function cloneFailure(ended: Ended, gitUrl: string, branch: string | null): string {
  return `The repository was not cloned. ${causeOf(ended, gitUrl, branch)} Then retry.`;
}

function causeOf(ended: Ended, gitUrl: string, branch: string | null): string {
  const { status, exit_code: exitCode, output } = ended;
  if (status === 'timed_out') return 'It took longer than 3 hours. Clone it in a terminal, or less of it.';
  if (exitCode === CLONE_EXIT.noGit)
    return 'The image has no git. Install it in the workspace (sudo apt-get install git), or choose an image that has it.';
  if (exitCode === CLONE_EXIT.occupied)
    return `There is something else named ${repositoryName(gitUrl)} in the home folder already. Rename or remove it.`;
  const complaint = complaintIn(output);
  for (const [pattern, explain] of CAUSES)
    if (pattern.test(complaint)) return explain(hostOf(gitUrl), branch);
  if (status === 'killed') return 'Something in the workspace ended it.';
  if (exitCode === KILLED_EXIT_CODE) return 'It was killed, as when memory runs out. A larger size has more.';
  const detail = withoutSecrets(complaint.split('\n').at(-1) ?? '', gitUrl).slice(0, MAX_DETAIL_CHARACTERS);
  return detail === ''
    ? `git ended with code ${exitCode}. Try it in a terminal of the workspace.`
    : `git said: ${detail}. Correct that.`;
}

/** The lines in which git itself complains; progress and words of the other side are left out. */
function complaintIn(output: string): string {
  const lines = output.split(/[\r\n]+/).map((line) => plainText(line).trim());
  const own = lines.filter((line) => /^(fatal|error|ssh|git@|.*permission denied|host key)/i.test(line));
  return (own.length > 0 ? own : lines.filter((line) => !/^remote:/i.test(line))).slice(-10).join('\n');
}

/** An address without who signs in and how. */
export function withoutSecrets(text: string, gitUrl: string): string {
  let clean = text
    .replace(/\/\/[^/\s]*@/g, '//')
    .replace(/\?[^\s'"]*/g, '')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out.
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
  for (const secret of secretsOf(gitUrl)) clean = clean.replaceAll(secret, '…');
  return clean.replace(/[.\s]+$/, '');
}

/** Long ones only: a user name such as `git` stands in many words. */
function secretsOf(gitUrl: string): string[] {
  if (!URL.canParse(gitUrl)) return [];
  const { username, password } = new URL(gitUrl);
  const given = [username, password].flatMap((part) => [part, decoded(part)]);
  return given.filter((part) => part.length >= 6);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function hostOf(gitUrl: string): string {
  return URL.canParse(gitUrl) ? new URL(gitUrl).host : 'the host';
}

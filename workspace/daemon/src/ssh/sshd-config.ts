export interface SshdConfigOptions {
  /** Of this one connection. */
  folder: string;
  /** Undefined when the image has none. */
  sftpServer: string | undefined;
}

/** More than an agent usually holds: the client offers one after the other. */
const AUTHENTICATION_TRIES = 32;
const SESSIONS_MAX = 64;
const LOGIN_SECONDS = 60;

/**
 * What sshd is told for one connection. It is the workspace’s user itself, so it lets nobody else in and reaches nothing that its user does
 * not; forwarding is open for the same reason.
 */
export function sshdConfig({ folder, sftpServer }: SshdConfigOptions): string {
  const lines = [
    `HostKey ${folder}/${HOST_KEY_FILE}`,
    `AuthorizedKeysFile ${folder}/${AUTHORIZED_KEYS_FILE}`,
    'AuthorizedKeysCommand none',
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'HostbasedAuthentication no',
    'UsePAM no',
    // The folder is root’s, but the folder around it is everybody’s.
    'StrictModes no',
    'PermitUserEnvironment no',
    `MaxAuthTries ${AUTHENTICATION_TRIES}`,
    `MaxSessions ${SESSIONS_MAX}`,
    `LoginGraceTime ${LOGIN_SECONDS}`,
    'AllowAgentForwarding yes',
    'AllowTcpForwarding yes',
    'AllowStreamLocalForwarding yes',
    'StreamLocalBindUnlink yes',
    'GatewayPorts no',
    'PermitTunnel no',
    'X11Forwarding no',
    'PrintMotd no',
    'PrintLastLog no',
    'PidFile none',
    // Says which key signed in.
    'LogLevel INFO',
    'AcceptEnv COLORTERM NO_COLOR TERM_PROGRAM TERM_PROGRAM_VERSION',
    ...(sftpServer === undefined ? [] : [`Subsystem sftp ${sftpServer}`]),
    `ForceCommand exec /bin/sh ${folder}/${SESSION_FILE}`,
  ];
  return `${lines.join('\n')}\n`;
}

export const HOST_KEY_FILE = 'host_key';
export const AUTHORIZED_KEYS_FILE = 'authorized_keys';
export const SESSION_FILE = 'session';
export const CONFIG_FILE = 'config';

/** Of the terminal and of the connection: what sshd says of them is right. */
const OF_THE_SESSION = new Set(['TERM', 'SSH_AUTH_SOCK', 'SSH_CLIENT', 'SSH_CONNECTION', 'SSH_TTY']);
const NAME_OF_SHELL = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The script that sshd runs in place of whatever was asked for: it sets the variables that terminals have, and goes on as that. sshd itself
 * hands no variables on that have more than one line.
 */
export function sessionScript(environment: Readonly<Record<string, string>>): string {
  const variables = Object.entries(environment).filter(
    ([name]) => NAME_OF_SHELL.test(name) && !OF_THE_SESSION.has(name),
  );
  return [
    ...variables.map(([name, value]) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`),
    'if [ -z "$SSH_ORIGINAL_COMMAND" ]; then exec "$SHELL" -l; fi',
    'podex_command=$SSH_ORIGINAL_COMMAND',
    'unset SSH_ORIGINAL_COMMAND',
    'exec "$SHELL" -c "$podex_command"',
    '',
  ].join('\n');
}

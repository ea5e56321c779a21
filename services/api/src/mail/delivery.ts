import type { Logger } from '@podex/service-kit/logger';
import { createTransport } from 'nodemailer';
import { type MailAddress, type MailServer, needsTls } from '../network/mail-server.ts';
import type { Letter } from './letter.ts';

export interface Delivery extends Letter {
  /** The same at every try to send this letter, and no other letter’s, of any database. */
  key: string;
  to: string;
}

/** Hands one letter over; throws when that failed. */
export type Deliver = (delivery: Delivery, signal: AbortSignal) => Promise<void>;

/** The server will not take it, however often it is asked. */
export class MailRefused extends Error {}

const CONNECT_TIMEOUT_MS = 10_000;
const SILENCE_TIMEOUT_MS = 20_000;
const PERMANENT = 500;

/** Over SMTP, with a connection for each letter. */
export function createSmtpDelivery({ server, from }: { server: MailServer; from: MailAddress }): Deliver {
  const transport = createTransport({
    host: server.host,
    port: server.port,
    secure: server.isSecure,
    requireTLS: !server.isSecure && needsTls(server),
    ...(server.login ? { auth: { user: server.login.user, pass: server.login.password } } : {}),
    dnsTimeout: CONNECT_TIMEOUT_MS,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    greetingTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = from.address.split('@').at(-1) ?? 'podex';
  return async ({ key, to, subject, text, html }, signal) => {
    try {
      await transport.sendMail({
        from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        // The same at every try, so that a mailbox can tell a letter that it has already.
        messageId: `<podex-mail-${key}@${domain}>`,
        headers: { 'Auto-Submitted': 'auto-generated' },
        signal,
      });
    } catch (error) {
      throw isRefusal(error) ? new MailRefused(error.message, { cause: error }) : error;
    }
  };
}

/** What a server says of the recipient or the letter. All else, such as a wrong password, is the operator’s to mend: the mail waits. */
const OF_THE_LETTER: readonly unknown[] = ['RCPT TO', 'DATA'];

function isRefusal(error: unknown): error is Error {
  if (!(error instanceof Error) || !('command' in error) || !('code' in error)) return false;
  // Refused before it was sent: it is no address.
  if (error.command === 'API') return error.code === 'EENVELOPE';
  const status = 'responseCode' in error ? error.responseCode : undefined;
  return typeof status === 'number' && status >= PERMANENT && OF_THE_LETTER.includes(error.command);
}

/** For development without a mail server. */
export function createLogDelivery(logger: Logger): Deliver {
  return ({ to, subject, text }) => {
    logger.info({ to, subject, text }, 'mail.logged');
    return Promise.resolve();
  };
}

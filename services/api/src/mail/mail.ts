import type { Background } from '@podex/service-kit/background';
import type { Logger } from '@podex/service-kit/logger';
import type { MailConfig } from '../config.ts';
import type { Db } from '../database/connect.ts';
import type { Wakeups } from '../events/wakeup.ts';
import { createLogDelivery, createSmtpDelivery } from './delivery.ts';
import { MailSender } from './mail-sender.ts';
import { Outbox } from './outbox.ts';
import { LetterSeal } from './seal.ts';

export interface Mailing {
  outbox: Outbox;
  /** False: letters are only written to the log, so nobody may be asked to wait for one. */
  isDelivered: boolean;
}

export interface MailingOptions {
  config: { mail: MailConfig | undefined; sessionSecret: string };
  db: Db;
  wakeups: Wakeups;
  background: Background;
  logger: Logger;
}

/** Begins to send what is written into the outbox; undefined where no mail is set up. */
export function startMailing({
  config,
  db,
  wakeups,
  background,
  logger,
}: MailingOptions): Mailing | undefined {
  const { mail } = config;
  if (mail === undefined) return undefined;
  const seal = new LetterSeal(config.sessionSecret);
  const deliver = mail === 'log' ? createLogDelivery(logger) : createSmtpDelivery(mail);
  new MailSender({ db, wakeups, seal, deliver, logger }).start(background);
  return { outbox: new Outbox({ seal, logger }), isDelivered: mail !== 'log' };
}

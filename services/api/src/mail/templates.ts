import { countOf } from '@podex/contracts/text';
import { composeLetter, type Letter, oneLine } from './letter.ts';

/** A mail without its recipient. */
export interface Mail {
  /** Names it in the log and in the table. */
  template: string;
  letter: Letter;
  /** Undelivered after so long, it is not sent any more. */
  goodForMs: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** How long the links of `verify` and `reset` are good for. */
export const LINK_LIFETIME_SECONDS = 60 * 60;

/** Asks whether the address is theirs. */
export function verifyMail({ link }: { link: string }): Mail {
  return {
    template: 'verify',
    goodForMs: LINK_LIFETIME_SECONDS * 1000,
    letter: composeLetter({
      subject: 'Confirm your email address',
      paragraphs: ['Confirm that this is your email address to finish creating your Podex account.'],
      button: { label: 'Confirm email address', link },
      closing: [
        'The link works for one hour.',
        "Didn't create an account? Ignore this email: without your confirmation nobody can sign in.",
      ],
    }),
  };
}

/** The answer to a sign-up with an address that has an account: its owner is told, the page is not. */
export function accountExistsMail({ signIn, forgot }: { signIn: string; forgot: string }): Mail {
  return {
    template: 'account_exists',
    goodForMs: HOUR_MS,
    letter: composeLetter({
      subject: 'You already have a Podex account',
      paragraphs: [
        'Somebody tried to create a Podex account with this email address, which has one already. Sign in instead.',
      ],
      button: { label: 'Sign in', link: signIn },
      closing: [
        `Forgot your password? Set a new one here: ${forgot}`,
        "Wasn't you? Ignore this email: nothing was changed.",
      ],
    }),
  };
}

/** Lets the owner of the address set a new password. */
export function resetMail({ link }: { link: string }): Mail {
  return {
    template: 'reset',
    goodForMs: LINK_LIFETIME_SECONDS * 1000,
    letter: composeLetter({
      subject: 'Reset your password',
      paragraphs: ['Somebody asked to reset the password of your Podex account.'],
      button: { label: 'Set a new password', link },
      closing: [
        'The link works once, for one hour.',
        "Wasn't you? Ignore this email: your password stays as it is.",
      ],
    }),
  };
}

/** Invites a person to make an account. */
export function invitationMail(invitation: { invitedBy: string; link: string; expiresAt: Date }): Mail {
  const inviter = oneLine(invitation.invitedBy);
  return {
    template: 'invitation',
    goodForMs: Math.max(0, invitation.expiresAt.getTime() - Date.now()),
    letter: composeLetter({
      subject: `${inviter} invited you to Podex`,
      paragraphs: [`${inviter} invited you to Podex. Create your account to begin.`],
      button: { label: 'Accept the invitation', link: invitation.link },
      closing: [
        `The invitation works once, until ${timeText(invitation.expiresAt)}.`,
        "Don't know who this is from? Ignore this email.",
      ],
    }),
  };
}

export interface SignInFacts {
  at: Date;
  address: string;
  userAgent: string;
  /** Where the password is changed. */
  page: string;
}

/** Tells of a sign-in from a browser that has not signed in to the account before. */
export function newSignInMail({ at, address, userAgent, page }: SignInFacts): Mail {
  return {
    template: 'new_sign_in',
    goodForMs: DAY_MS,
    letter: composeLetter({
      subject: 'New sign-in to your account',
      paragraphs: [
        'Your Podex account was signed in to from a new browser.',
        `Time: ${timeText(at)}`,
        `Address: ${oneLine(address) || 'unknown'}`,
        `Browser: ${oneLine(userAgent) || 'unknown'}`,
      ],
      closing: [`Wasn't you? Change your password at once: ${page}`],
    }),
  };
}

/** Tells that the agent waits. What it wants to do stays on the page: it may hold secrets. */
export function waitingApprovalMail(approval: { workspace: string; link: string; expiresAt: Date }): Mail {
  const workspace = oneLine(approval.workspace);
  return {
    template: 'waiting_approval',
    goodForMs: Math.max(0, approval.expiresAt.getTime() - Date.now()),
    letter: composeLetter({
      subject: `Approval needed in ${workspace}`,
      paragraphs: [`The agent in ${workspace} has stopped and is waiting for your approval.`],
      button: { label: 'Review', link: approval.link },
      closing: [`Without an answer the request expires at ${timeText(approval.expiresAt)}.`],
    }),
  };
}

/** Tells that the agent stops, because what may be spent on models is spent. */
export function budgetMail({ explanation, link }: { explanation: string; link: string }): Mail {
  return {
    template: 'budget',
    goodForMs: DAY_MS,
    letter: composeLetter({
      subject: 'The model budget is used up',
      paragraphs: [oneLine(explanation), 'The agent finishes the step that it is in and then stops.'],
      button: { label: 'See usage', link },
      closing: ['Ask an admin of your Podex to allow more.'],
    }),
  };
}

/** Tells admins of certificates between Podex and its servers that end: a line for each, with what to do. */
export function certificateMail({ lines, link }: { lines: readonly string[]; link: string }): Mail {
  return {
    template: 'certificate',
    goodForMs: DAY_MS,
    letter: composeLetter({
      subject: `${countOf(lines.length, 'certificate')} of servers ${lines.length === 1 ? 'is' : 'are'} about to end`,
      paragraphs: [
        'Without a certificate that is valid Podex does not connect to a server, and its workspaces can’t be reached.',
        ...lines.map((line) => oneLine(line)),
      ],
      button: { label: 'See servers', link },
      closing: ['You get this email because you are an admin of this Podex.'],
    }),
  };
}

function timeText(time: Date): string {
  return `${time.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

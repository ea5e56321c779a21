import { RequestError } from '@agentclientprotocol/sdk';
import { type CliError, EXIT, toCliError } from '../cli-error.ts';
import { hasCode } from '../conversations/conversation-requests.ts';

const FAILED = -32_603;

/** Runs a request of an editor; what it fails of is told in the words of the protocol, with what helps. */
export async function refusing<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RequestError ? error : refusalOf(toCliError(error));
  }
}

function refusalOf(error: CliError): RequestError {
  const text = [error.message, ...error.cure].join('\n');
  if (error.exitCode === EXIT.notSignedIn) return RequestError.authRequired(undefined, text);
  if (error.exitCode === EXIT.usage) return RequestError.invalidParams(undefined, text);
  if (hasCode(error, 'conversation_not_found')) return RequestError.resourceNotFound();
  return new RequestError(FAILED, text);
}

/** The browser’s part: asks the authenticator, and gives its response as JSON. */

type Options = Record<string, unknown>;

const IP_ADDRESS = /^[\d.]+$|:/;

/** Whether this browser can use passkeys here: they need a secure origin with a name, and WebAuthn’s JSON form. */
export function canUsePasskeys(): boolean {
  return (
    !IP_ADDRESS.test(window.location.hostname) &&
    typeof PublicKeyCredential !== 'undefined' &&
    typeof PublicKeyCredential.parseRequestOptionsFromJSON === 'function' &&
    typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function'
  );
}

/** Whether it can offer passkeys in the list that opens below the email field. */
export async function canSuggestPasskeys(): Promise<boolean> {
  return canUsePasskeys() && (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
}

/** @throws NotAllowedError when the person says no, InvalidStateError when the authenticator has one for this account. */
export async function createPasskey(options: Options): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  );
  return toJson(await navigator.credentials.create({ publicKey }));
}

/** `isSuggested`: waits until the person picks one in the email field. */
export async function askPasskey(
  options: Options,
  { signal, isSuggested }: { signal: AbortSignal; isSuggested: boolean },
): Promise<unknown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(
    options as unknown as PublicKeyCredentialRequestOptionsJSON,
  );
  const mediation = isSuggested ? { mediation: 'conditional' as const } : {};
  return toJson(await navigator.credentials.get({ publicKey, signal, ...mediation }));
}

function toJson(credential: Credential | null): unknown {
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw new Error('The browser gave no passkey. Try again.');
}

/** What the browser’s own errors mean to a person. Undefined for those that are not about passkeys. */
export function wordsOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  switch (error.name) {
    case 'NotAllowedError':
    case 'AbortError':
      return 'No passkey was used. Try again, or use another way.';
    case 'InvalidStateError':
      return 'This device has a passkey for your account already.';
    case 'SecurityError':
      return 'Passkeys work at the address of this Podex only. Is FRONTEND_URL the address that you opened?';
    default:
      return undefined;
  }
}

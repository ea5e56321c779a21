import { randomBytes } from 'node:crypto';
import { twoFactor } from 'better-auth/plugins';

/** How long a person has between the password and the code. */
const CHALLENGE_SECONDS = 10 * 60;
const RECOVERY_CODES = 10;
const RECOVERY_CODE_CHARACTERS = 10;
/** Without those that look alike; 32, so that each byte gives one without bias. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A recovery code as it is shown. */
export const RECOVERY_CODE = /^[a-km-np-z2-9]{5}-[a-km-np-z2-9]{5}$/;

/**
 * Codes of an authenticator app, and recovery codes, after the password. Codes by mail and trusted browsers stay off: the body of a
 * request cannot ask for them (auth-endpoints.ts).
 */
export function createTwoFactor() {
  return twoFactor({
    issuer: 'Podex',
    allowPasswordless: true,
    twoFactorCookieMaxAge: CHALLENGE_SECONDS,
    // Wrong codes are counted as wrong passwords are: sign-in-attempts.ts.
    accountLockout: { enabled: false },
    backupCodeOptions: { customBackupCodesGenerate: createRecoveryCodes, storeBackupCodes: 'encrypted' },
    schema: {
      user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
      twoFactor: {
        modelName: 'two_factor',
        fields: {
          backupCodes: 'backup_codes',
          userId: 'user_id',
          failedVerificationCount: 'failed_verification_count',
          lockedUntil: 'locked_until',
        },
      },
    },
  });
}

function createRecoveryCodes(): string[] {
  return Array.from({ length: RECOVERY_CODES }, () => {
    const code = [...randomBytes(RECOVERY_CODE_CHARACTERS)]
      .map((byte) => ALPHABET[byte % ALPHABET.length])
      .join('');
    return `${code.slice(0, RECOVERY_CODE_CHARACTERS / 2)}-${code.slice(RECOVERY_CODE_CHARACTERS / 2)}`;
  });
}

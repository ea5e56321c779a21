import { expect, it } from 'vitest';
import { groupSecret, readSecret, recoveryCodesText } from './authenticator-app.ts';

it('reads the key to type by hand out of the address in the QR code', () => {
  const uri = 'otpauth://totp/Podex:ada%40example.com?secret=JBSWY3DPEHPK3PXP2&issuer=Podex';
  expect(groupSecret(readSecret(uri))).toBe('JBSW Y3DP EHPK 3PXP 2');
  expect(readSecret('nothing')).toBe('');
});

it('writes each recovery code on a line', () => {
  expect(recoveryCodesText(['abcde-fghjk', 'mnpqr-stuvw'])).toContain('\nabcde-fghjk\nmnpqr-stuvw\n');
});

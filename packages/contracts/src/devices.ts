import { z } from 'zod';
import { createdToken, scopePreset } from './accounts.ts';
import { nameText } from './text.ts';

/** Consonants alone: no code is a word, and none of the letters looks like another (RFC 8628 §6.1). */
export const USER_CODE_LETTERS = 'BCDFGHJKLMNPQRSTVWXZ';
export const USER_CODE_LENGTH = 8;

/** As people type it: in any case, with or without the dash. */
export const userCode = z
  .string()
  .max(USER_CODE_LENGTH + 1)
  .regex(/^[B-DF-HJ-NP-TV-XZ]{4}-?[B-DF-HJ-NP-TV-XZ]{4}$/i, 'must be a code like BCDF-GHJK')
  .meta({ example: 'BCDF-GHJK' });

export const deviceCode = z
  .string()
  .max(48)
  .regex(/^pdxd_[\w-]{43}$/, 'must be a device code')
  .meta({ example: 'pdxd_…' });

export const createDeviceCodeInput = z
  .object({
    client_name: nameText(60).meta({
      description: 'Shown to the person who approves, and the name of the token.',
    }),
    scope: scopePreset.default('write'),
  })
  .meta({ id: 'CreateDeviceCode' });
export type CreateDeviceCodeInput = z.output<typeof createDeviceCodeInput>;

/** `device_code` stays with the program; `user_code` is shown to the person. */
export const createdDeviceCode = z
  .object({
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: z.url(),
    verification_uri_complete: z.url().meta({ description: 'The same page with the code filled in.' }),
    expires_at: z.iso.datetime(),
    expires_in: z.number().int().meta({ description: 'Seconds.' }),
    interval: z.number().int().meta({ description: 'Seconds to wait between two requests for the token.' }),
  })
  .meta({ id: 'CreatedDeviceCode' });
export type CreatedDeviceCode = z.infer<typeof createdDeviceCode>;

export const pollDeviceTokenInput = z.object({ device_code: deviceCode }).meta({ id: 'PollDeviceToken' });

export const deviceToken = createdToken.meta({ id: 'DeviceToken' });

/** What the person is asked to approve. */
export const deviceRequest = z
  .object({
    user_code: userCode,
    client_name: z.string(),
    scope: scopePreset,
    address: z.string().meta({ description: 'Where the program asked from.' }),
    is_same_network: z
      .boolean()
      .meta({ description: 'Whether that is the network of the person who is asked.' }),
    created_at: z.iso.datetime(),
    expires_at: z.iso.datetime(),
    token_days: z.number().int().meta({ description: 'How long the token will be good for.' }),
  })
  .meta({ id: 'DeviceRequest' });
export type DeviceRequest = z.infer<typeof deviceRequest>;

export const deviceDecision = z.enum(['approve', 'deny']);
export type DeviceDecision = z.infer<typeof deviceDecision>;

export const decideDeviceInput = z.object({ decision: deviceDecision }).meta({ id: 'DecideDevice' });

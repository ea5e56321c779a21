import { z } from 'zod';
import { joinServerInput } from '../join-tokens.ts';

/**
 * The protocol between api (client) and compute (server, bearer COMPUTE_INTERNAL_API_KEY):
 *
 * - `POST /certificates`   signCertificateInput → signedCertificate
 *
 * Names come from what api knows of the server, never from the request for the certificate.
 */
export const signCertificateInput = joinServerInput.pick({ name: true, hostname: true, csr: true });
export type SignCertificateInput = z.infer<typeof signCertificateInput>;

/** The paths are on the disk of compute: with what is there it connects to servers of its authority. */
export const signedCertificate = z.object({
  certificate: z.string(),
  ca_certificate: z.string(),
  fingerprint: z.string(),
  expires_at: z.iso.datetime(),
  tls_ca_path: z.string(),
  tls_cert_path: z.string(),
  tls_key_path: z.string(),
});
export type SignedCertificate = z.infer<typeof signedCertificate>;

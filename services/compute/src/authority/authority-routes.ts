import { signCertificateInput } from '@podex/contracts/internal/certificates';
import { internalAuth } from '@podex/service-kit/internal-auth';
import type { KeyList } from '@podex/service-kit/key-list';
import type { ComputeApp } from '../http/compute-app.ts';
import type { CertificateAuthority } from './certificate-authority.ts';

/** `POST /certificates`: signs what a server that joins has sent. Who may join is api’s to say. */
export function addAuthorityRoutes(app: ComputeApp, authority: CertificateAuthority, keys: KeyList): void {
  app.use('/certificates', internalAuth(keys));
  app.post('/certificates', async (context) => {
    const input = signCertificateInput.parse(await context.req.json().catch(() => undefined));
    return context.json(await authority.sign(input));
  });
}

import { createPodexClient, type PodexClient } from '@podex/client/client';
import { z } from 'zod';

const PASSWORD = 'correct horse battery staple';

export interface Person {
  email: string;
  password: string;
  /** Acts with a bearer token of this person. */
  client: PodexClient;
  token: string;
}

let count = 0;

/** Signs up a new person and makes a bearer token, as a program’s owner would. */
export async function signUpPerson(apiUrl: string, frontendUrl: string): Promise<Person> {
  count += 1;
  const email = `person-${process.pid}-${Date.now()}-${count}@example.com`;
  await authenticate(apiUrl, frontendUrl, 'sign-up', { email, password: PASSWORD, name: `Person ${count}` });
  const cookie = await authenticate(apiUrl, frontendUrl, 'sign-in', { email, password: PASSWORD });
  return personOf(apiUrl, frontendUrl, { email, password: PASSWORD, cookie, scope: 'write' });
}

/** Signs in someone who is there already, an administrator for instance. */
export async function signInPerson(
  apiUrl: string,
  frontendUrl: string,
  email: string,
  password: string,
): Promise<Person> {
  const cookie = await authenticate(apiUrl, frontendUrl, 'sign-in', { email, password });
  return personOf(apiUrl, frontendUrl, { email, password, cookie, scope: 'admin' });
}

async function authenticate(
  apiUrl: string,
  frontendUrl: string,
  action: 'sign-up' | 'sign-in',
  body: object,
): Promise<string> {
  const response = await fetch(`${apiUrl}/api/auth/${action}/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: frontendUrl },
    body: JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${action} failed: ${response.status} ${await response.text()}`);
  return response.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ');
}

async function personOf(
  apiUrl: string,
  frontendUrl: string,
  who: { email: string; password: string; cookie: string; scope: 'write' | 'admin' },
): Promise<Person> {
  const response = await fetch(`${apiUrl}/api/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: frontendUrl, cookie: who.cookie },
    body: JSON.stringify({ name: 'test', scope: who.scope }),
  });
  const { secret } = z.object({ secret: z.string() }).parse(await response.json());
  return {
    email: who.email,
    password: who.password,
    token: secret,
    client: createPodexClient({ baseUrl: apiUrl, token: secret }),
  };
}

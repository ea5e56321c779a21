import type { OutgoingHttpHeaders } from 'node:http';
import { query, type TestRequest, type TestResponse, type UnixClient } from './unix-client.ts';

export const contentPath = (file: string): string => `/files/content?${query({ path: file })}`;

/** Status and error code of a refused request. */
export const refusal = ({ status, code }: TestResponse): [number, string] => [status, code];

/** The file routes of a daemon, by what they do. */
export class FilesClient {
  readonly #client: UnixClient;

  constructor(client: UnixClient) {
    this.#client = client;
  }

  list(file: string): Promise<TestResponse> {
    return this.#client.send('GET', `/files?${query({ path: file })}`);
  }

  read(file: string, headers: OutgoingHttpHeaders = {}): Promise<TestResponse> {
    return this.#client.send('GET', contentPath(file), { headers });
  }

  write(
    file: string,
    body: NonNullable<TestRequest['body']>,
    headers: OutgoingHttpHeaders = {},
  ): Promise<TestResponse> {
    return this.#client.send('PUT', contentPath(file), { headers, body });
  }

  edit(input: object, headers: OutgoingHttpHeaders = {}): Promise<TestResponse> {
    return this.#client.send('POST', '/files/edit', { json: input, headers });
  }

  previewEdit(input: object, headers: OutgoingHttpHeaders = {}): Promise<TestResponse> {
    return this.#client.send('POST', '/files/edit/preview', { json: input, headers });
  }

  move(input: object, headers: OutgoingHttpHeaders = {}): Promise<TestResponse> {
    return this.#client.send('POST', '/files/move', { json: input, headers });
  }

  delete(file: string, headers: OutgoingHttpHeaders = {}): Promise<TestResponse> {
    return this.#client.send('DELETE', contentPath(file), { headers });
  }
}

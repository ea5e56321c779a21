import { rm } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { temporaryFolder } from '../../tests/temporary-folder.ts';
import { EngineApiError, requestEngine, requestEngineDone, requestEngineJson } from './engine-api.ts';
import { type EngineMessage, readEngineMessages } from './engine-messages.ts';

describe('requests to an engine', () => {
  let directory: string;
  let socketPath: string;
  let server: http.Server;
  let answer: http.RequestListener;

  beforeEach(async () => {
    directory = temporaryFolder('api');
    socketPath = path.join(directory, 'docker.sock');
    server = http.createServer((request, response) => answer(request, response));
    await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  });

  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(directory, { recursive: true, force: true });
  });

  it('send a stream as a tar and an object as JSON', async () => {
    const received: string[] = [];
    answer = async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(Buffer.from(chunk));
      received.push(`${request.headers['content-type']} ${Buffer.concat(chunks)}`);
      response.end('{}');
    };
    const call = { method: 'POST', path: '/', timeoutMs: 1000 } as const;
    await requestEngineDone({ socketPath }, { ...call, body: Readable.from(['one', 'two']) });
    await requestEngineDone({ socketPath }, { ...call, body: { Image: 'x' } });
    expect(received).toEqual(['application/x-tar onetwo', 'application/json {"Image":"x"}']);
  });

  it("fail with the engine's own words and status", async () => {
    answer = (_, response) => response.writeHead(404).end('{"message":"no such image: x"}');
    const request = { method: 'GET', path: '/images/x/json', timeoutMs: 1000 } as const;
    const failure = await requestEngineJson({ socketPath }, request, z.object({})).catch((error) => error);
    expect(failure).toBeInstanceOf(EngineApiError);
    expect(failure).toMatchObject({ status: 404, message: 'no such image: x' });
  });

  it('do not wait longer than they are told for an engine that is silent', async () => {
    answer = () => undefined;
    const request = { method: 'GET', path: '/info', timeoutMs: 50 } as const;
    await expect(requestEngine({ socketPath }, request)).rejects.toThrow(/sent nothing for 50 ms/);
  });

  it('reads messages line by line, and reports an error in the middle of a successful response', async () => {
    const messages: EngineMessage[] = [];
    answer = (_, response) => {
      response.write('{"stream":"Step 1/2"}\r\n{"stream":');
      response.end('"Step 2/2"}\r\n{"error":"step failed"}\r\n{"stream":"never"}\r\n');
    };
    const response = await requestEngine({ socketPath }, { method: 'POST', path: '/build', timeoutMs: 1000 });
    await expect(readEngineMessages(response, (message) => messages.push(message))).rejects.toThrow(
      'step failed',
    );
    expect(messages).toEqual([{ stream: 'Step 1/2' }, { stream: 'Step 2/2' }]);
  });
});

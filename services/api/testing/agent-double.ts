import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ModelList } from '@podex/contracts/models';

/** Answers `GET /models` as agent does. */
export class AgentDouble {
  readonly #server: Server;
  models: ModelList = {
    items: [],
    next: null,
    configured: true,
    default_model: 'openai/test',
    demo: false,
    message: null,
    missing_variables: [],
    tours: [],
  };

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<AgentDouble> {
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(double.models));
    });
    const double = new AgentDouble(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return double;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.#server.close(resolve);
      this.#server.closeAllConnections();
    });
  }
}

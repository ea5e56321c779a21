import { createServer, type Server, type Socket } from 'node:net';

/** One mail as it crossed the wire. */
export interface ReceivedMail {
  from: string;
  to: string[];
  /** Header and body, dot-unstuffed. */
  raw: string;
  /** What the client logged in with. */
  login: { user: string; password: string } | undefined;
}

/**
 * `take`: mail is accepted. A number: the status with which the command is refused. `hang`: it is never answered. `drop`: the
 * connection is cut before the answer, with the mail taken.
 */
export type Behaviour = 'take' | 'hang' | 'drop' | number;

export interface SmtpBehaviours {
  greeting: Behaviour;
  rcpt: Behaviour;
  data: Behaviour;
}

interface SmtpDoubleOptions {
  /** When given, nobody sends without it. */
  login?: { user: string; password: string };
  host?: string;
  /** 0: any free one. */
  port?: number;
}

const TAKING: SmtpBehaviours = { greeting: 'take', rcpt: 'take', data: 'take' };
const LINE_END = '\r\n';
const DATA_END = `${LINE_END}.${LINE_END}`;

/** A mail server for tests: it speaks SMTP (RFC 5321, AUTH of RFC 4954) and keeps what it is given. */
export class SmtpDouble {
  readonly mails: ReceivedMail[] = [];
  behaviours: SmtpBehaviours = { ...TAKING };
  readonly login: SmtpDoubleOptions['login'];
  /** Connections that were opened. */
  connections = 0;
  /** Of AUTH commands. */
  logins = 0;
  readonly #host: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(login: SmtpDoubleOptions['login'], host: string) {
    this.login = login;
    this.#host = host;
    this.#server = createServer((socket) => {
      this.connections += 1;
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      new SmtpSession(this, socket);
    });
  }

  static async start({ login, host = '127.0.0.1', port = 0 }: SmtpDoubleOptions = {}): Promise<SmtpDouble> {
    const double = new SmtpDouble(login, host);
    await new Promise<void>((resolve, reject) => {
      double.#server.once('error', reject);
      double.#server.listen(port, host, resolve);
    });
    return double;
  }

  get port(): number {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the double does not listen');
    return address.port;
  }

  get url(): string {
    const login = this.login === undefined ? '' : `${this.login.user}:${this.login.password}@`;
    return `smtp://${login}${this.#host}:${this.port}`;
  }

  /** The mails to an address, oldest first. */
  to(address: string): ReceivedMail[] {
    return this.mails.filter((mail) => mail.to.includes(address));
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
  }
}

/** One connection. */
class SmtpSession {
  readonly #double: SmtpDouble;
  readonly #socket: Socket;
  #buffer = '';
  #isInData = false;
  #from: string | undefined;
  #to: string[] = [];
  #login: ReceivedMail['login'];
  /** What the next line answers, within AUTH LOGIN and AUTH PLAIN without an initial response. */
  #next: ((line: string) => void) | undefined;

  constructor(double: SmtpDouble, socket: Socket) {
    this.#double = double;
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => this.#read(String(chunk)));
    this.#answer(double.behaviours.greeting, '220 double ESMTP');
  }

  #read(chunk: string): void {
    this.#buffer += chunk;
    while (!this.#socket.destroyed) {
      if (this.#isInData) {
        const end = this.#buffer.indexOf(DATA_END);
        if (end < 0) return;
        const stuffed = this.#buffer.slice(0, end + LINE_END.length);
        this.#buffer = this.#buffer.slice(end + DATA_END.length);
        this.#isInData = false;
        this.#take(stuffed);
        continue;
      }
      const end = this.#buffer.indexOf(LINE_END);
      if (end < 0) return;
      const line = this.#buffer.slice(0, end);
      this.#buffer = this.#buffer.slice(end + LINE_END.length);
      const next = this.#next;
      this.#next = undefined;
      if (next === undefined) this.#command(line);
      else next(line);
    }
  }

  #command(line: string): void {
    const [verb = ''] = line.toUpperCase().split(' ');
    switch (verb) {
      case 'EHLO':
        this.#say('250-double', '250-8BITMIME', '250-SMTPUTF8', '250 AUTH PLAIN LOGIN');
        return;
      case 'HELO':
      case 'NOOP':
        this.#say('250 double');
        return;
      case 'AUTH':
        this.#double.logins += 1;
        this.#authenticate(line);
        return;
      case 'MAIL':
        this.#begin(line);
        return;
      case 'RCPT':
        this.#addRecipient(line);
        return;
      case 'DATA':
        if (this.#to.length === 0) this.#say('503 no recipient');
        else {
          this.#isInData = true;
          this.#say('354 go on');
        }
        return;
      case 'RSET':
        this.#reset();
        this.#say('250 reset');
        return;
      case 'QUIT':
        this.#socket.end(`221 bye${LINE_END}`);
        return;
      default:
        this.#say('502 no such command');
    }
  }

  #authenticate(line: string): void {
    const [, method = '', initial] = line.split(' ');
    if (method.toUpperCase() === 'PLAIN') {
      const read = (given: string) => {
        const [, user = '', password = ''] = decode(given).split('\0');
        this.#checkLogin({ user, password });
      };
      if (initial === undefined) this.#ask('334 ', read);
      else read(initial);
      return;
    }
    if (method.toUpperCase() !== 'LOGIN') {
      this.#say('504 no such mechanism');
      return;
    }
    const readUser = (given: string) => {
      this.#ask(`334 ${encode('Password:')}`, (password) =>
        this.#checkLogin({ user: decode(given), password: decode(password) }),
      );
    };
    if (initial === undefined) this.#ask(`334 ${encode('Username:')}`, readUser);
    else readUser(initial);
  }

  #checkLogin(given: { user: string; password: string }): void {
    const { login } = this.#double;
    if (login === undefined || login.user !== given.user || login.password !== given.password) {
      this.#say('535 wrong user or password');
      return;
    }
    this.#login = given;
    this.#say('235 welcome');
  }

  #begin(line: string): void {
    const [, from] = /^MAIL FROM:<([^>]*)>/i.exec(line) ?? [];
    if (from === undefined) this.#say('501 no sender');
    else if (this.#double.login !== undefined && this.#login === undefined) this.#say('530 log in first');
    else {
      this.#reset();
      this.#from = from;
      this.#say('250 sender');
    }
  }

  #addRecipient(line: string): void {
    const [, to] = /^RCPT TO:<([^>]*)>/i.exec(line) ?? [];
    if (this.#from === undefined || to === undefined) {
      this.#say('503 no sender');
      return;
    }
    if (this.#double.behaviours.rcpt === 'take') this.#to.push(to);
    this.#answer(this.#double.behaviours.rcpt, '250 recipient');
  }

  #take(stuffed: string): void {
    const { data } = this.#double.behaviours;
    if (data === 'take' || data === 'drop') {
      const raw = Buffer.from(stuffed.replace(/^\.\./gm, '.'), 'latin1').toString('utf8');
      this.#double.mails.push({ from: this.#from ?? '', to: this.#to, raw, login: this.#login });
    }
    this.#reset();
    this.#answer(data, '250 taken');
  }

  #reset(): void {
    this.#from = undefined;
    this.#to = [];
  }

  #ask(question: string, next: (line: string) => void): void {
    this.#next = next;
    this.#say(question);
  }

  #answer(behaviour: Behaviour, taken: string): void {
    if (behaviour === 'take') this.#say(taken);
    else if (behaviour === 'drop') this.#socket.destroy();
    else if (behaviour !== 'hang') this.#say(`${behaviour} told to refuse`);
  }

  #say(...lines: string[]): void {
    this.#socket.write(lines.map((line) => `${line}${LINE_END}`).join(''));
  }
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

function encode(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

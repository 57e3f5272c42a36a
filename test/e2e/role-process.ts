import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { NODE_FLAGS } from '../../app/roles/roles';

const START = join(__dirname, '../../dist/app/roles/start.js');

/** A process of the platform, started as `npm start` starts it. */
export class RoleProcess {
  /** The API's address; empty where the process has no API. */
  url = '';
  opsUrl = '';
  readonly log: string[] = [];

  private constructor(private readonly child: ChildProcess) {}

  /** Resolves when the process says that it has started. @throws {Error} with what it wrote, when it ends instead */
  static async start(roles: readonly string[], env: Readonly<Record<string, string>>): Promise<RoleProcess> {
    const child = spawn(process.execPath, [...NODE_FLAGS, START, ...roles], {
      env: { PATH: process.env['PATH'], OPS_PORT: '0', ...env, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const started = new RoleProcess(child);
    await started.untilStarted();
    return started;
  }

  get pid(): number {
    return this.child.pid!;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (!this.running) return this.child.exitCode;
    const exit = once(this.child, 'exit');
    this.child.kill(signal);
    const [code] = (await exit) as [number | null];
    return code;
  }

  stop(): Promise<number | null> {
    return this.kill('SIGTERM');
  }

  private untilStarted(): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = () => reject(new Error(`the process ended instead of starting:\n${this.log.join('\n')}`));
      this.child.once('exit', fail);
      createInterface(this.child.stderr!).on('line', (line) => this.log.push(line));
      createInterface(this.child.stdout!).on('line', (line) => {
        this.log.push(line);
        if (!line.includes('"msg":"started"')) return;
        const { url, opsUrl } = JSON.parse(line) as { url?: string; opsUrl?: string };
        this.url = url ?? '';
        this.opsUrl = opsUrl ?? '';
        this.child.off('exit', fail);
        resolve();
      });
    });
  }
}

export interface Answer<T = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** A client of the REST API: JSON in, JSON out, any status. */
export class Client {
  constructor(private readonly urlOf: () => string) {}

  async request<T = Record<string, unknown>>(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Answer<T>> {
    const response = await fetch(this.urlOf() + path, {
      method,
      headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    return {
      status: response.status,
      headers: response.headers,
      body: (isJson ? JSON.parse(text) : text) as T,
    };
  }

  get = <T = Record<string, unknown>>(path: string, headers?: Readonly<Record<string, string>>) =>
    this.request<T>('GET', path, undefined, headers);
  put = (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    this.request('PUT', path, body, headers);
  post = (path: string, body?: unknown, headers?: Readonly<Record<string, string>>) =>
    this.request('POST', path, body, headers);
  delete = (path: string, headers?: Readonly<Record<string, string>>) =>
    this.request('DELETE', path, undefined, headers);
}

/** The header with which a write waits for its outcome. */
export const WAIT = { prefer: 'wait=20' };

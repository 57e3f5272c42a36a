import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../infra/local/ports';
import { projectRoot, tail } from '../../infra/local/run';
import { waitUntil } from '../../infra/local/wait';
import { endWithUs } from '../watchdog';
import { javaWithJars } from './java';

const EXAMPLE = 'docs/other-clients/jdbc-sink';

type Settings = Readonly<Record<string, string>>;

/** Kafka Connect with the settings of `docs/other-clients/jdbc-sink`, in a process of its own that ends with this one. */
export class ConnectWorker {
  private readonly output: string[] = [];

  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    private readonly url: string,
    private readonly connector: string,
  ) {
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => this.output.push(text));
  }

  /**
   * Downloads Kafka Connect, once, and starts a worker with its sink. `worker` and `sink` override settings of the files.
   * @throws {Error} in one sentence that says what to do, when Java or Maven is missing
   */
  static async start(worker: Settings, sink: Settings): Promise<ConnectWorker> {
    const { java, jars } = await javaWithJars(`${EXAMPLE}/pom.xml`, 'Kafka Connect');
    const folder = mkdtempSync(path.join(tmpdir(), 'connect-'));
    const [port] = await freePorts(1);
    const url = `http://127.0.0.1:${port}`;
    const own = { listeners: url, 'offset.storage.file.filename': path.join(folder, 'offsets') };
    const files = [
      copied('worker.properties', folder, { ...worker, ...own }),
      copied('sink.properties', folder, sink),
    ];
    const main = 'org.apache.kafka.connect.cli.ConnectStandalone';
    const jvm = ['-Xmx400m', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${jars}/*`];
    const child = spawn(java, [...jvm, main, ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
    endWithUs(child);
    return new ConnectWorker(child, folder, url, sink['name']!);
  }

  /** Resolves when the condition holds. @throws {Error} with what Connect said, when it or its task gives up before */
  async until(condition: () => Promise<boolean>): Promise<void> {
    const holds = async () => {
      await this.throwIfFailed();
      return condition();
    };
    await waitUntil(holds, { what: 'Kafka Connect did not get so far', timeout: 90_000, every: 250 });
  }

  async stop(): Promise<void> {
    if (this.isAlive()) {
      const exited = once(this.child, 'exit');
      this.child.kill('SIGKILL');
      await exited;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async throwIfFailed(): Promise<void> {
    if (!this.isAlive()) throw new Error(`Kafka Connect ended. It said:\n${tail(this.output.join(''), 20)}`);
    // Its REST server comes up last, and is no part of what is tested: no answer yet is no failure.
    const response = await fetch(`${this.url}/connectors/${this.connector}/status`).catch(() => undefined);
    const status = response?.ok ? await response.text() : '';
    if (status.includes('"FAILED"')) throw new Error(`The sink gave up: ${status}`);
  }

  private isAlive(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }
}

/** A copy of a file of the example in which these settings have other values. @throws {Error} where it has no such setting */
function copied(name: string, folder: string, settings: Settings): string {
  let text = readFileSync(path.join(projectRoot(), EXAMPLE, name), 'utf8');
  for (const [key, value] of Object.entries(settings)) {
    const line = text.split('\n').find((candidate) => candidate.startsWith(`${key}=`));
    if (line === undefined) throw new Error(`${name} has no setting ${key}.`);
    text = text.replace(line, () => `${key}=${value}`);
  }
  const copy = path.join(folder, name);
  writeFileSync(copy, text);
  return copy;
}

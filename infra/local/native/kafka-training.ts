import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { freePorts } from '../ports';
import { ownKafkaService } from '../services';
import { waitUntil } from '../wait';
import type { Java } from './java';
import { prepareKafka } from './kafka';
import { startUpCache } from './start-up-cache';

/** How long a start, and Java's work at the end of it, may take each; milliseconds. */
const PATIENCE_MS = 60_000;

/**
 * Starts and stops a Kafka without data, once for each Java and each version of Kafka, so that Java keeps what it finds out: all later
 * starts take less than half of the processor time. Without effect where that is known already, where Java has no such thing, or where it
 * does not succeed: then Kafka starts as it always did.
 * @param jars the folder of Kafka's jars; what is kept lies beside it @param onTraining called before it takes a while
 */
export async function trainKafka(java: Java, jars: string, onTraining: () => void = () => {}): Promise<void> {
  const cache = startUpCache(java, jars);
  if (cache === undefined || existsSync(cache)) return;
  onTraining();
  const dataDir = mkdtempSync(`${jars}-training-`);
  try {
    const made = path.join(dataDir, 'cache');
    const ports = await freePorts(2);
    const [spec] = await prepareKafka({
      ...{ java, jars, dataDir, ports: ports.slice(0, 1), controllerPorts: ports.slice(1) },
      brief: true,
    });
    await startAndStop(spec!.command, [`-XX:AOTCacheOutput=${made}`, ...spec!.args], dataDir, ports[0]!);
    if (existsSync(made)) renameSync(made, cache);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

async function startAndStop(java: string, args: readonly string[], cwd: string, port: number): Promise<void> {
  const broker = spawn(java, args, { cwd, stdio: 'ignore' });
  const ended = once(broker, 'exit');
  const { isReady } = ownKafkaService([port]);
  const isOver = async () => broker.exitCode !== null || (await isReady());
  await waitUntil(isOver, { what: 'Kafka did not become ready', timeout: PATIENCE_MS }).catch(
    () => undefined,
  );
  broker.kill('SIGTERM');
  const timer = setTimeout(() => broker.kill('SIGKILL'), PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}

import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

/** How long the processes of an API may take for their figures, in milliseconds; prom-client waits for 5 s. */
const PATIENCE_MS = 6_000;

interface Question {
  readonly figuresFor: number;
}

interface Answer extends Question {
  /** Undefined when they could not be had. */
  readonly figures: string | undefined;
}

const isQuestion = (message: unknown): message is Question =>
  typeof message === 'object' && message !== null && 'figuresFor' in message;

const waiting = new Map<number, (answer: Answer) => void>();
let questions = 0;

/** For the process that watches over those of an API: answers each with the figures of all of them together. */
export function tellFigures(): void {
  const all = new AggregatorRegistry();
  cluster.on('message', (worker: Worker, message: unknown) => {
    if (!isQuestion(message)) return;
    const { figuresFor } = message;
    const answer = (figures?: string) => {
      if (worker.isConnected()) worker.send({ figuresFor, figures } satisfies Answer);
    };
    all.clusterMetrics().then(answer, () => answer());
  });
}

/**
 * The figures of this process in the text format of Prometheus; those of all processes of the API together where it is one of several,
 * whichever of them is asked.
 * @throws {Error} when another process does not answer
 */
export async function figuresOf(registry: Registry): Promise<string> {
  if (!cluster.isWorker) return registry.metrics();
  const figuresFor = (questions += 1);
  const { figures } = await new Promise<Answer>((resolve) => {
    const late = setTimeout(resolve, PATIENCE_MS, { figuresFor, figures: undefined });
    waiting.set(figuresFor, (answer) => {
      clearTimeout(late);
      resolve(answer);
    });
    process.send!({ figuresFor } satisfies Question);
  });
  waiting.delete(figuresFor);
  if (figures === undefined) throw new Error('the other processes of the API have not told their figures');
  return figures;
}

/** Lets the figures of this process be counted among those of all, where it is one of several. */
export function addFigures(registry: Registry): void {
  if (!cluster.isWorker) return;
  AggregatorRegistry.setRegistries([registry]);
  new AggregatorRegistry();
  process.on('message', (message) => {
    if (isQuestion(message)) waiting.get(message.figuresFor)?.(message as Answer);
  });
}

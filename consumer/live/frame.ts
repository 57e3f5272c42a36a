import { formatPosition, type LogBatch, type LogRecord, type Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { UndecodableError, type Decoder } from '../../schemas/codec/codec';
import type { Mask } from '../../schemas/forgotten/forgotten-users';
import type { Outcome } from '../../schemas/generated/events';
import { KeptBytes } from './kept-bytes';
import type { LiveMetrics } from './metrics';
import type { LoopShare } from './loop-share';

/** Which outcomes a client follows. Absent = any. */
export interface Filter {
  readonly bookId?: string | undefined;
  readonly userId?: string | undefined;
  /** Whether the client is not to see whose reservations they are of. */
  readonly masked?: boolean;
}

/** An outcome as a server-sent event, formatted once for all its receivers. */
export interface Frame extends Position {
  /** When it was appended, in milliseconds since the epoch. */
  readonly timestamp: number;
  readonly bookId: string;
  readonly userId: string;
  readonly bytes: Buffer;
}

/** The beginning of every stream: it makes proxies pass the response on, and sets the clients' reconnection time. */
export const GREETING = Buffer.from(': outcomes of reservations\nretry: 1000\n\n');

/** Keeps an idle connection open, and detects clients that have gone. */
export const HEARTBEAT = Buffer.from(': heartbeat\n\n');

/** How many bytes are sent to a client in one turn of the event loop: so much fits into any connection's buffer. */
export const PART_BYTES = 64 * 1024;

/** Splits consecutive frames into parts that fit into any connection's buffer. */
export function* inParts(frames: readonly Frame[]): Generator<Frame[]> {
  let part: Frame[] = [];
  let size = 0;
  for (const frame of frames) {
    if (part.length > 0 && size + frame.bytes.length > PART_BYTES) {
      yield part;
      part = [];
      size = 0;
    }
    part.push(frame);
    size += frame.bytes.length;
  }
  if (part.length > 0) yield part;
}

/** Field names are those of the event, times are formatted as elsewhere in the API. */
function jsonOf(outcome: Outcome): string {
  const time = (millis: number) => new Date(millis).toISOString();
  const pickupBy = outcome.type === 'ReservationReady' ? { pickupBy: time(outcome.pickupBy) } : {};
  return JSON.stringify({ ...outcome, occurredAt: time(outcome.occurredAt), ...pickupBy });
}

/** Formats an outcome. Its JSON contains no line breaks, so the data is one line. @param kept where its bytes are */
export function frameOf(record: LogRecord, outcome: Outcome, kept = new KeptBytes()): Frame {
  const { partition, offset, timestamp } = record;
  const id = formatPosition(record);
  const bytes = kept.of(`id: ${id}\nevent: ${outcome.type}\ndata: ${jsonOf(outcome)}\n\n`);
  return { partition, offset, timestamp, bookId: outcome.bookId, userId: outcome.userId, bytes };
}

const masks = new WeakMap<Frame, Buffer>();

/** The same without the user. It is made once for all who get it. */
function maskedBytes(frame: Frame): Buffer {
  const known = masks.get(frame);
  if (known) return known;
  const text = frame.bytes.toString();
  const start = text.indexOf('\ndata: ') + '\ndata: '.length;
  const outcome = JSON.parse(text.slice(start)) as object;
  const masked = `${text.slice(0, start)}${JSON.stringify({ ...outcome, userId: null })}\n\n`;
  // As long as the frame, and no part of anything that lives longer.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(masked));
  bytes.write(masked);
  masks.set(frame, bytes);
  return bytes;
}

/** The frames as the filter lets them be seen. */
export function bytesOf(frames: readonly Frame[], { masked = false }: Filter): Buffer {
  const [first, ...others] = frames;
  const one = (frame: Frame) => (masked ? maskedBytes(frame) : frame.bytes);
  return first && others.length === 0 ? one(first) : Buffer.concat(frames.map(one));
}

/** Whether the filter selects the outcome. */
export function matches(frame: Frame, { bookId, userId }: Filter): boolean {
  return (
    (bookId === undefined || frame.bookId === bookId) && (userId === undefined || frame.userId === userId)
  );
}

/**
 * Decodes records into frames. Records that cannot be decoded are skipped: they must not end the streams of all
 * clients.
 */
export class FrameReader {
  private readonly kept = new Map<number, KeptBytes>();

  constructor(
    private readonly decoder: Decoder<Outcome>,
    private readonly metrics: LiveMetrics,
    private readonly logger: Logger,
    private readonly forgotten?: Mask,
  ) {}

  /**
   * @param share for past outcomes, which can wait: what is live has precedence
   * @throws {RegistryUnavailableError} when a schema is new and the registry is away: retry
   */
  async framesOf({ partition, records }: LogBatch, share?: LoopShare): Promise<Frame[]> {
    await this.decoder.learn(records.map(({ value }) => value));
    // Past outcomes are sent and forgotten; live ones are remembered.
    const kept = share ? new KeptBytes() : this.keptOf(partition);
    const frames: Frame[] = [];
    for (const record of records) {
      if (share?.isOver) await share.rest();
      try {
        const outcome = this.decoder.decode(record.value);
        frames.push(frameOf(record, this.forgotten?.event(outcome, record) ?? outcome, kept));
      } catch (error) {
        if (!(error instanceof UndecodableError)) throw error;
        const { partition, offset } = record;
        this.metrics.unreadable.inc();
        this.logger.warn({ err: error, partition, offset }, 'an outcome cannot be decoded; it is skipped');
      }
    }
    return frames;
  }

  private keptOf(partition: number): KeptBytes {
    const known = this.kept.get(partition) ?? new KeptBytes();
    this.kept.set(partition, known);
    return known;
  }
}

import { createHttpApp, type HttpAppOptions } from '../../infra/http/app';
import { serve, silent, type TestServer } from '../../infra/http/testing';
import type { OutgoingRecord, Position } from '../../infra/event-log/log';
import { encoderWith, type Encoder } from '../../schemas/codec/codec';
import { LIBRARY_EVENTS, LIBRARY_EVENT_TYPES, type LibraryEvent } from '../../schemas/generated/events';
import type { Writer } from '../writer/writer';
import { WRITE_PROBLEMS } from './refusals';
import { writeRoutes, type WriteOptions } from './write-routes';

/** For tests: a writer that keeps records in memory, or fails with a given error. */
export class MemoryWriter implements Writer {
  readonly records: OutgoingRecord[] = [];
  /** The deadlines of the writes that were asked for. */
  readonly deadlines: (number | undefined)[] = [];
  failure: Error | undefined;

  write(record: OutgoingRecord, deadline?: number): Promise<Position> {
    this.deadlines.push(deadline);
    if (this.failure) return Promise.reject(this.failure);
    this.records.push(record);
    return Promise.resolve({ partition: 3, offset: this.records.length - 1 });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const ids = new Map(LIBRARY_EVENT_TYPES.map((type, index) => [type as string, index + 1]));
const real = encoderWith(LIBRARY_EVENTS, ids);

/** The write side on a real socket, with a writer in memory. */
export interface TestApi extends TestServer {
  readonly writer: MemoryWriter;
  /** The events that were written. */
  readonly events: LibraryEvent[];
}

/** For tests: starts the write routes with the real encoder. */
export async function startApi(
  options: Partial<WriteOptions> = {},
  http: Partial<HttpAppOptions> = {},
): Promise<TestApi> {
  const writer = new MemoryWriter();
  const events: LibraryEvent[] = [];
  const encoder: Encoder<LibraryEvent> = {
    encode(event) {
      const bytes = real.encode(event);
      events.push(event);
      return bytes;
    },
  };
  const base = { writer, encoder, source: '/library/api', logger: silent, timeout: 5_000 };
  const routes = writeRoutes({ ...base, ...options });
  const info = { title: 'Library', version: '1' };
  const app = createHttpApp({ routes, info, logger: silent, problemKinds: WRITE_PROBLEMS, ...http });
  return Object.assign(await serve(app), { writer, events });
}

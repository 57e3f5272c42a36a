import { Problem } from '../../infra/http/problem';
import type { Reply, Route, RouteRequest } from '../../infra/http/route';
import { formatPosition, type Position } from '../../infra/event-log/log';
import type { Logger } from '../../infra/logger';
import { TRACEPARENT, traceparentOf } from '../../infra/trace-context';
import type { Tracing } from '../../infra/tracing/tracing';
import { actorOf, onlyUser, requireSelf } from '../../schemas/access';
import { encodeRecord } from '../../schemas/codec/cloudevents';
import type { Encoder } from '../../schemas/codec/codec';
import type { LibraryEvent } from '../../schemas/generated/events';
import type { Command, CommandInput, Resource } from '../commands/command';
import { COMMANDS } from '../commands/commands';
import { freshIdentity, keyedIdentity, keySpaceOf, meaningOf, type KeyedRequest } from '../commands/identity';
import type { Claims } from '../idempotency/claims';
import type { Writer } from '../writer/writer';
import type { AdmissionCheck } from './admission-check';
import { recordEvent } from './record';
import { KEY_REUSED, refusal } from './refusals';
import { idempotencyKeyOf, waitOf } from './request-headers';
import { awaitResult, type OutcomeLookup } from './outcome-lookup';
import { tracedSend } from './traced-send';
import { REQUEST_HEADERS, responsesOf, type ResourceSchemas } from './write-docs';

export interface WriteOptions {
  /** Writes to the topic of reservations. */
  readonly writer: Writer;
  readonly encoder: Encoder<LibraryEvent>;
  /** The `source` attribute of the events: `/library/api`. */
  readonly source: string;
  readonly logger: Logger;
  /** How long a request may take until its event is recorded, all told, in milliseconds. */
  readonly timeout: number;
  /** Absent: clients cannot wait for outcomes; `Prefer: wait` is answered 202 at once. */
  readonly outcomes?: OutcomeLookup | undefined;
  /** Absent: the reuse of a key for another request goes undetected. */
  readonly claims?: Claims | undefined;
  /** Absent: everything is recorded. */
  readonly admission?: AdmissionCheck | undefined;
  /** The schemas of the resources that `Prefer: wait` returns, for the documentation. */
  readonly resources?: ResourceSchemas;
  /** Absent: writes are no spans. */
  readonly tracing?: { readonly tracing: Tracing; readonly topic: string } | undefined;
  /** Milliseconds since the epoch. */
  readonly clock?: () => number;
}

type Params = Record<string, unknown>;
type WriteRequest = RouteRequest<Params, Params, unknown>;
type Input = CommandInput<Params, Params, unknown>;

interface Recorded {
  readonly event: LibraryEvent;
  readonly position: Position;
  readonly headers: Readonly<Record<string, string>>;
  /** The members of the response that identify the event. */
  readonly answer: Readonly<Record<string, string>>;
}

/**
 * What the command is given: who may act for themselves only, acts for themselves, also where the query does not say it. The stream
 * checks then that the reservation is theirs.
 * @throws {Problem} 403 where the request is for somebody else
 */
function inputOf(command: Command, request: WriteRequest): Input {
  const { params, query, body } = request;
  const only = onlyUser(request);
  if (only === undefined) return request;
  const user = command.actor?.(request) ?? null;
  if (user !== null) requireSelf(request, user);
  return user === null ? { params, query: { ...query, userId: only }, body } : request;
}

/** The IDs that an event contains. */
function idsOf(event: LibraryEvent): Record<string, string> {
  const ids: Record<string, string> = { bookId: event.bookId };
  if ('copyId' in event) ids['copyId'] = event.copyId;
  if ('reservationId' in event) ids['reservationId'] = event.reservationId;
  if ('userId' in event && event.userId !== null) ids['userId'] = event.userId;
  return ids;
}

function resourceOf(kind: Resource['kind'], event: LibraryEvent): Resource {
  if (kind === 'copy' && 'copyId' in event) return { kind, copyId: event.copyId };
  if (kind === 'reservation' && 'reservationId' in event) return { kind, reservationId: event.reservationId };
  return { kind: 'book' };
}

function accepted({ answer, headers }: Recorded): Reply {
  return { status: 202, body: { status: 'accepted', ...answer }, headers };
}

/** The write side of the API: one route for each command. */
export function writeRoutes(options: WriteOptions): Route[] {
  return COMMANDS.map((command) => new WriteOperation(command, options).route());
}

/** The HTTP operation of one command. */
class WriteOperation {
  private readonly operation: string;
  private readonly clock: () => number;

  constructor(
    private readonly command: Command,
    private readonly options: WriteOptions,
  ) {
    this.operation = `${command.method.toUpperCase()} ${command.path}`;
    this.clock = options.clock ?? Date.now;
  }

  route(): Route {
    const { command } = this;
    const { method, path, operationId, tag, summary, description, access, params, query, body } = command;
    return {
      ...{ method, path, operationId, tag, summary, description, access, params, query },
      ...(body && { body, bodyExample: command.bodyExample }),
      requestHeaders: REQUEST_HEADERS,
      responses: responsesOf(command, this.options.resources ?? {}),
      problems: [409, 422, 503, 504],
      handle: (request) => this.handle(request),
    };
  }

  private async handle(request: WriteRequest): Promise<Reply> {
    const { command } = this;
    const input = inputOf(command, request);
    const deadline = performance.now() + this.options.timeout;
    const keyed = this.keyedRequestOf(request, input);
    const identity = keyed ? keyedIdentity(keyed) : freshIdentity();
    const event = command.toEvent(input, identity, this.clock());
    if (keyed) await this.claimKey(keyed, event, deadline);
    await this.checkAdmission(event);
    const location = command.location?.(input, identity);
    const position = await this.record(event, request, { deadline, isKeyed: keyed !== undefined });
    const answer = { eventId: event.eventId, position: formatPosition(position), ...idsOf(event) };
    const recorded = { event, position, answer, headers: location === undefined ? {} : { location } };
    const wait = waitOf(request.header('prefer'));
    return wait > 0 && this.options.outcomes
      ? this.answerOutcome(recorded, request, wait, this.options.outcomes)
      : accepted(recorded);
  }

  /** @throws {Problem} 409 when the event is known to have no effect; nothing is recorded then */
  private async checkAdmission(event: LibraryEvent): Promise<void> {
    const refused = await this.options.admission?.refuses(event);
    if (refused) throw new Problem(refusal(refused.code), refused.detail, { members: idsOf(event) });
  }

  private keyedRequestOf(request: WriteRequest, { params, query, body }: Input): KeyedRequest | undefined {
    const idempotencyKey = idempotencyKeyOf(request.header('idempotency-key'));
    if (idempotencyKey === undefined) return undefined;
    return { idempotencyKey, caller: request.caller, operation: this.operation, params, query, body };
  }

  /** @throws {Problem} 422 when the key belongs to another request */
  private async claimKey(
    keyed: KeyedRequest,
    { bookId, eventId }: LibraryEvent,
    deadline: number,
  ): Promise<void> {
    const { claims, outcomes } = this.options;
    const key = JSON.stringify([keySpaceOf(keyed.caller), keyed.idempotencyKey]);
    const wasRecorded = async () => {
      if (!outcomes) throw new Error('there is no view that could be asked');
      return outcomes.holds(bookId, eventId);
    };
    if ((await claims?.claim({ key, meaning: meaningOf(keyed), wasRecorded }, deadline)) === false)
      throw new Problem(KEY_REUSED, 'Another request was sent with this Idempotency-Key: choose a new one.');
  }

  private record(
    event: LibraryEvent,
    request: WriteRequest,
    options: { readonly deadline: number; readonly isKeyed: boolean },
  ): Promise<Position> {
    const traceparent = traceparentOf(request.header(TRACEPARENT));
    const { tracing } = this.options;
    const send = (trace: string | undefined) => this.send(event, request, trace, options);
    return tracing ? tracedSend({ ...tracing, event, parent: traceparent }, send) : send(traceparent);
  }

  private send(
    event: LibraryEvent,
    request: WriteRequest,
    traceparent: string | undefined,
    { deadline, isKeyed }: { readonly deadline: number; readonly isKeyed: boolean },
  ): Promise<Position> {
    const { encoder, source, writer } = this.options;
    const record = encodeRecord(event, encoder, { source, traceparent, actor: actorOf(request.caller) });
    const repeat = isKeyed ? 'with-key' : this.command.method === 'post' ? 'unsafe' : 'idempotent';
    return recordEvent(writer, record, event, { deadline, repeat });
  }

  private async answerOutcome(
    recorded: Recorded,
    request: WriteRequest,
    wait: number,
    outcomes: OutcomeLookup,
  ): Promise<Reply> {
    const { event, position, answer } = recorded;
    const { eventId, bookId } = event;
    const resource = resourceOf(this.command.resource, event);
    const query = { position, eventId, bookId, resource, timeoutMs: 1_000 * wait, signal: request.signal };
    const outcome = await awaitResult(outcomes, query, this.options.logger);
    const headers = { ...recorded.headers, 'preference-applied': `wait=${wait}` };
    if (outcome.kind === 'pending') return accepted({ ...recorded, headers });
    if (outcome.kind === 'applied') return { status: 200, body: outcome.resource, headers };
    throw new Problem(refusal(outcome.code), outcome.detail, { headers, members: answer });
  }
}

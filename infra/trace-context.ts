/** The header of requests and records that says to which trace they belong (W3C Trace Context). */
export const TRACEPARENT = 'traceparent';

/** Two digits of a version, the trace, the span, and flags. */
const FORM = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const LENGTH = 55;

/** A `traceparent` header, unchanged; one that is not well-formed counts as absent. */
export function traceparentOf(header: string | undefined): string | undefined {
  return header !== undefined && FORM.test(header) ? header : undefined;
}

/** The same, of a record's header. */
export function traceparentIn(header: Buffer | undefined): string | undefined {
  return header?.length === LENGTH ? traceparentOf(header.toString('latin1')) : undefined;
}

/** For a line of the log: the ID of the trace under `traceId`, or nothing where there is none. */
export function traceField(traceparent: string | null | undefined): { traceId?: string } {
  return traceparent ? { traceId: traceparent.slice(3, 35) } : {};
}

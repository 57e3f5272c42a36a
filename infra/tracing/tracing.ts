/** Attributes as OpenTelemetry's conventions name them. */
export type Attributes = Readonly<Record<string, string | number>>;

export interface SpanOptions {
  readonly kind: 'server' | 'client' | 'producer' | 'consumer';
  /** The `traceparent` of the span that it belongs to; absent: it begins a trace. */
  readonly parent?: string | null | undefined;
  /** The `traceparent` of others that it is about. */
  readonly links?: readonly string[];
  readonly attributes: Attributes;
}

/** A span under way. */
export interface Span {
  /** What goes on to whoever acts because of it. */
  readonly traceparent: string;
  /** @param error why it failed; absent: it did not */
  end(attributes?: Attributes, error?: unknown): void;
}

/** Makes spans and sends them to a collector. One that is away costs nothing but the spans. */
export interface Tracing {
  span(name: string, options: SpanOptions): Span;
  /** Sends what is left, if the collector takes it soon. */
  close(): Promise<void>;
}

/**
 * Traces, where they are asked for. Without them nothing of OpenTelemetry is loaded, and all that is left of it are questions for
 * `undefined`: one for each request, batch or notice.
 * @param endpoint `OTEL_EXPORTER_OTLP_ENDPOINT`
 * @param service for `service.name`, unless OTEL_SERVICE_NAME says it
 */
export async function startTracing(
  endpoint: string | undefined,
  service: { readonly name: string; readonly version: string },
): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { OtlpTracing } = await import('./otlp.js');
  return new OtlpTracing(service);
}

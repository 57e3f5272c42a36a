import { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span as OtelSpan } from '@opentelemetry/api';
import type { SpanContext, Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { randomUUID } from 'node:crypto';
import { withDeadline } from '../deadline';
import type { Span, SpanOptions, Tracing } from './tracing';

/** How long the collector may take for what is left when the process ends, in milliseconds. */
const CLOSING_MS = 2_000;

const KINDS = {
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
  consumer: SpanKind.CONSUMER,
} as const;

/** Spans by OpenTelemetry's SDK, sent as OTLP over HTTP. Loaded only where traces are asked for: see `startTracing`. */
export class OtlpTracing implements Tracing {
  private readonly provider: BasicTracerProvider;
  private readonly tracer: Tracer;

  /** Settings are those of the environment: `OTEL_…`. */
  constructor({ name, version }: { readonly name: string; readonly version: string }) {
    const ours = resourceFromAttributes({
      'service.name': process.env['OTEL_SERVICE_NAME'] ?? name,
      'service.version': version,
      'service.instance.id': randomUUID(),
    });
    this.provider = new BasicTracerProvider({
      resource: defaultResource().merge(ours),
      spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    });
    this.tracer = this.provider.getTracer('library', version);
  }

  span(name: string, { kind, parent, links = [], attributes }: SpanOptions): Span {
    const context = parent ? trace.setSpanContext(ROOT_CONTEXT, contextOf(parent)) : ROOT_CONTEXT;
    const options = {
      kind: KINDS[kind],
      attributes,
      links: links.map((link) => ({ context: contextOf(link) })),
    };
    return new RunningSpan(this.tracer.startSpan(name, options, context));
  }

  async close(): Promise<void> {
    await withDeadline(CLOSING_MS, () => this.provider.shutdown()).catch(() => undefined);
  }
}

class RunningSpan implements Span {
  readonly traceparent: string;

  constructor(private readonly span: OtelSpan) {
    const { traceId, spanId, traceFlags } = span.spanContext();
    this.traceparent = `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`;
  }

  end(attributes: Readonly<Record<string, string | number>> = {}, error?: unknown): void {
    this.span.setAttributes(attributes);
    if (error !== undefined) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      this.span.setAttribute('error.type', name).setStatus({ code: SpanStatusCode.ERROR, message });
    }
    this.span.end();
  }
}

/** @param traceparent well-formed */
function contextOf(traceparent: string): SpanContext {
  const [, traceId = '', spanId = '', flags = '00'] = traceparent.split('-');
  return { traceId, spanId, traceFlags: Number.parseInt(flags, 16), isRemote: true };
}

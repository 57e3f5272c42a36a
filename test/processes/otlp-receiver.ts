import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A span as it was exported. */
export interface ReceivedSpan {
  readonly name: string;
  /** 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly links: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly attributes: Readonly<Record<string, string>>;
  readonly service: string;
}

type Attribute = { readonly key: string; readonly value: Readonly<Record<string, unknown>> };
type RawSpan = Omit<ReceivedSpan, 'attributes' | 'links'> & {
  readonly attributes: Attribute[];
  readonly links?: ReceivedSpan['links'];
};

interface Export {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: Attribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
}

const recordOf = (attributes: readonly Attribute[]) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

/** A collector that takes traces as OTLP over HTTP, in JSON, and keeps them. */
export class OtlpReceiver {
  readonly spans: ReceivedSpan[] = [];
  /** The paths and content types of the requests. */
  readonly requests = new Set<string>();

  private constructor(private readonly server: Server) {
    server.on('request', (request, response) => {
      this.requests.add(`${request.method} ${request.url} ${request.headers['content-type']}`);
      void json(request).then((body) => {
        this.take(body as Export);
        response.setHeader('content-type', 'application/json').end('{}');
      });
    });
  }

  static async start(): Promise<OtlpReceiver> {
    const server = createServer();
    const receiver = new OtlpReceiver(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** The environment with which a process sends its traces here, soon. */
  get env(): Readonly<Record<string, string>> {
    const { port } = this.server.address() as AddressInfo;
    return { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`, OTEL_BSP_SCHEDULE_DELAY: '100' };
  }

  /** The spans of a trace with this kind of name, in the order of their arrival. */
  named(name: RegExp, traceId?: string): ReceivedSpan[] {
    return this.spans.filter(
      (span) => name.test(span.name) && (traceId === undefined || span.traceId === traceId),
    );
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private take({ resourceSpans }: Export): void {
    for (const { resource, scopeSpans } of resourceSpans) {
      const service = recordOf(resource.attributes)['service.name']!;
      for (const { spans } of scopeSpans) {
        for (const span of spans)
          this.spans.push({
            ...span,
            ...{ service, links: span.links ?? [], attributes: recordOf(span.attributes) },
          });
      }
    }
  }
}

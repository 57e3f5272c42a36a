import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { signatureOf } from './webhook';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';

/** A request that a receiver got. */
export interface Call {
  readonly id: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether the signature is valid and not older than a minute. */
  readonly signed: boolean;
  readonly traceparent: string | undefined;
}

/** For tests: a receiver of webhooks whose answers the test sets. */
export class WebhookReceiver {
  /** In the order of arrival. */
  calls: Call[] = [];
  /** Sends the response; by default, that of a receiver that accepts everything. */
  answer: (call: Call, response: ServerResponse) => void = (_, response) => response.writeHead(204).end();

  private constructor(private readonly server: Server) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void readCall(request).then((call) => {
        this.calls.push(call);
        this.answer(call, response);
      }, ignore);
    });
  }

  static async start(): Promise<WebhookReceiver> {
    const server = createServer();
    const receiver = new WebhookReceiver(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  /** The environment with which the role `notices` delivers to this receiver. */
  get env(): Readonly<Record<string, string>> {
    return {
      NOTICE_CHANNEL: 'webhook',
      NOTICE_WEBHOOK_URL: `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/notices`,
      NOTICE_WEBHOOK_SECRET: SECRET,
    };
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}

/** The request of a sender that dies before its end does not count. */
const ignore = () => undefined;

async function readCall(request: IncomingMessage): Promise<Call> {
  const header = (name: string) => String(request.headers[name]);
  const body = await text(request);
  const timestamp = Number(header('webhook-timestamp'));
  const signature = signatureOf(SECRET, header('webhook-id'), timestamp, body);
  const isRecent = Math.abs(Date.now() / 1_000 - timestamp) < 60;
  return {
    id: header('webhook-id'),
    body: JSON.parse(body) as Call['body'],
    traceparent: request.headers['traceparent'] as string | undefined,
    signed: isRecent && signature === header('webhook-signature'),
  };
}

import { createRequire } from 'node:module';
import { shared } from '../../shared';

/** A token for the brokers, and when it ends. */
export interface Token {
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/** Makes a new token. @throws {Error} when there is none to be had */
export type TokenSource = () => Promise<Token>;

/** A token as kafkajs sends it. */
interface BearerToken {
  readonly value: string;
  readonly extensions?: { [name: string]: string };
}

/** A token is renewed when less than this part of its time is left: then there is time to try again. */
const RENEWED_WITH = 0.2;
/** The last moments of a token are not counted on: clocks differ, and it has to come to the broker. */
const MARGIN_MS = 2_000;

/** No token was to be had. kafkajs tries again after errors of this kind, where it would end a consumer after others. */
class NoTokenError extends Error {
  override readonly name = 'NoTokenError';
  readonly retriable = true;
}

/**
 * One token for all connections, renewed before it ends. While the source fails, the token that there is goes on, as long as it
 * lasts.
 */
export class CachedToken {
  private token: Token | undefined;
  private renewAt = 0;
  private readonly renewOnce = shared(() => this.renew());

  /** @param extensions what the brokers are told beside the token @param now milliseconds since the epoch */
  constructor(
    private readonly source: TokenSource,
    private readonly extensions?: Readonly<Record<string, string>>,
    private readonly now: () => number = Date.now,
  ) {}

  /** For kafkajs, which asks for each connection, and again when the brokers want it. */
  readonly provider = async (): Promise<BearerToken> => {
    const { value } = await this.current();
    return { value, ...(this.extensions && { extensions: { ...this.extensions } }) };
  };

  private async current(): Promise<Token> {
    const { token } = this;
    if (token && this.now() < this.renewAt) return token;
    try {
      return await this.renewOnce();
    } catch (error) {
      if (token && this.now() < token.expiresAt - MARGIN_MS) return token;
      throw new NoTokenError(`there is no token for Kafka: ${(error as Error).message}`, { cause: error });
    }
  }

  private async renew(): Promise<Token> {
    const token = await this.source();
    const left = token.expiresAt - this.now();
    if (!token.value || !(left > 0)) throw new Error('the token is empty, or has ended already');
    this.token = token;
    this.renewAt = token.expiresAt - Math.max(left * RENEWED_WITH, Math.min(MARGIN_MS, left / 2));
    return token;
  }
}

/**
 * The tokens of a module: its default export is a `TokenSource`. It is loaded when the first token is needed.
 * @param file an absolute path
 */
export function tokenModule(file: string): TokenSource {
  return async () => {
    // Node takes ES modules here as well.
    const { default: source } = createRequire(__filename)(file) as { default?: TokenSource };
    if (typeof source !== 'function')
      throw new Error('the default export of KAFKA_OAUTH_MODULE is not a function');
    return source();
  };
}

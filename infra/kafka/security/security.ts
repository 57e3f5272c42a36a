import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import type { SASLOptions } from 'kafkajs';
import { textOrFile } from '../../config';
import type { KafkaEnvironment } from '../settings';
import { clientCredentials } from './client-credentials';
import { CachedToken, tokenModule } from './token';

/** Certificates and key in PEM. */
export interface TlsSettings {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** How connections to the brokers are encrypted, and as whom we sign in. */
export interface ConnectionSecurity {
  readonly ssl: boolean | TlsSettings;
  readonly sasl?: SASLOptions;
}

const TLS_VARIABLES = ['KAFKA_SSL_CA', 'KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'] as const;
const PASSWORD_VARIABLES = ['KAFKA_SASL_USERNAME', 'KAFKA_SASL_PASSWORD'] as const;
const CLIENT_VARIABLES = [
  'KAFKA_OAUTH_TOKEN_URL',
  'KAFKA_OAUTH_CLIENT_ID',
  'KAFKA_OAUTH_CLIENT_SECRET',
] as const;

/**
 * What the variables say together.
 * @throws {Error} one sentence that names the variable and what to set: where one is missing, contradicts another, or is no certificate
 *   or key
 */
export function connectionSecurity(env: KafkaEnvironment): ConnectionSecurity {
  const sasl = saslOptions(env);
  return { ssl: tlsSettings(env), ...(sasl && { sasl }) };
}

function given(env: KafkaEnvironment, names: readonly (keyof KafkaEnvironment)[]): string | undefined {
  return names.flatMap((name) => [name, `${name}_FILE` as never]).find((name) => env[name] !== undefined);
}

function tlsSettings(env: KafkaEnvironment): boolean | TlsSettings {
  const [ca, cert, key] = TLS_VARIABLES.map((name) => pem(textOrFile(env, name)));
  const idle = given(env, TLS_VARIABLES);
  if (!env.KAFKA_SSL) {
    if (idle === undefined) return false;
    throw new Error(`${idle} is set, but KAFKA_SSL is not: set KAFKA_SSL=true, or unset ${idle}.`);
  }
  if (ca !== undefined) certificateIn(ca, 'KAFKA_SSL_CA');
  if (cert !== undefined || key !== undefined) assertPair(cert, key);
  if (idle === undefined) return true;
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** In one line of an environment, the lines of PEM are often separated by `\n` written out. */
const pem = (text: string | undefined) => text?.replaceAll('\\n', '\n');

function assertPair(cert: string | undefined, key: string | undefined): void {
  if (cert === undefined || key === undefined) {
    const [there, missing] =
      cert === undefined ? ['KAFKA_SSL_KEY', 'KAFKA_SSL_CERT'] : ['KAFKA_SSL_CERT', 'KAFKA_SSL_KEY'];
    throw new Error(`${there} is set without ${missing}: a client certificate needs both.`);
  }
  const certificate = certificateIn(cert, 'KAFKA_SSL_CERT');
  let fits: boolean;
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key));
  } catch {
    throw new Error('KAFKA_SSL_KEY should be a private key in PEM, without a passphrase.');
  }
  if (!fits) throw new Error('KAFKA_SSL_KEY is not the key of the certificate in KAFKA_SSL_CERT.');
}

function certificateIn(text: string, name: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new Error(`${name} should be a certificate in PEM: -----BEGIN CERTIFICATE----- and so on.`);
  }
}

function saslOptions(env: KafkaEnvironment): SASLOptions | undefined {
  const mechanism = env.KAFKA_SASL_MECHANISM;
  const withPassword = mechanism !== undefined && mechanism !== 'oauthbearer';
  const idle =
    (withPassword ? undefined : given(env, PASSWORD_VARIABLES)) ??
    (mechanism === 'oauthbearer'
      ? undefined
      : given(env, [
          ...CLIENT_VARIABLES,
          'KAFKA_OAUTH_SCOPE',
          'KAFKA_OAUTH_EXTENSIONS',
          'KAFKA_OAUTH_MODULE',
        ]));
  if (idle !== undefined) {
    const wanted = idle.startsWith('KAFKA_OAUTH') ? 'oauthbearer' : 'plain, scram-sha-256 or scram-sha-512';
    throw new Error(
      `${idle} is set, but KAFKA_SASL_MECHANISM is ${mechanism ?? 'not'}: set it to ${wanted}, or unset ${idle}.`,
    );
  }
  if (mechanism === undefined) return undefined;
  if (mechanism === 'oauthbearer') return { mechanism, oauthBearerProvider: tokenProvider(env) };
  const username = env.KAFKA_SASL_USERNAME;
  const password = textOrFile(env, 'KAFKA_SASL_PASSWORD');
  if (username === undefined || password === undefined) {
    const missing = username === undefined ? 'KAFKA_SASL_USERNAME' : 'KAFKA_SASL_PASSWORD';
    throw new Error(`KAFKA_SASL_MECHANISM is ${mechanism}, but ${missing} is missing: set it.`);
  }
  return { mechanism, username, password } as SASLOptions;
}

function tokenProvider(env: KafkaEnvironment) {
  const { KAFKA_OAUTH_TOKEN_URL: url, KAFKA_OAUTH_CLIENT_ID: clientId, KAFKA_OAUTH_MODULE: module } = env;
  const clientSecret = textOrFile(env, 'KAFKA_OAUTH_CLIENT_SECRET');
  const extensions = extensionsIn(env.KAFKA_OAUTH_EXTENSIONS);
  if (module !== undefined) {
    const idle = given(env, [...CLIENT_VARIABLES, 'KAFKA_OAUTH_SCOPE']);
    if (idle !== undefined)
      throw new Error(`KAFKA_OAUTH_MODULE and ${idle} are both set: unset one of them.`);
    const file = path.resolve(module);
    if (!existsSync(file)) throw new Error('KAFKA_OAUTH_MODULE should name a file that is there.');
    return new CachedToken(tokenModule(file), extensions).provider;
  }
  if (url === undefined || clientId === undefined || clientSecret === undefined) {
    const missing = CLIENT_VARIABLES.filter((name) => given(env, [name]) === undefined);
    throw new Error(
      `KAFKA_SASL_MECHANISM is oauthbearer, but ${missing.join(' and ')} is missing: set it, or KAFKA_OAUTH_MODULE.`,
    );
  }
  const scope = env.KAFKA_OAUTH_SCOPE;
  const source = clientCredentials({ url, clientId, clientSecret, ...(scope && { scope }) });
  return new CachedToken(source, extensions).provider;
}

function extensionsIn(text: string | undefined): Readonly<Record<string, string>> | undefined {
  if (text === undefined) return undefined;
  return Object.fromEntries(text.split(',').map((pair) => pair.split(/=(.*)/s, 2) as [string, string]));
}

/** What is to be said of such connections at the start; undefined where they are as they should be. */
export function warningOf({ ssl, sasl }: Partial<ConnectionSecurity>): string | undefined {
  if (ssl || !sasl) return undefined;
  const what =
    sasl.mechanism === 'plain' || sasl.mechanism === 'oauthbearer'
      ? 'the credentials, and all that is read and written,'
      : 'all that is read and written';
  return `Kafka: with ${sasl.mechanism} and without KAFKA_SSL, ${what} can be read by whoever sees the network: set KAFKA_SSL=true`;
}

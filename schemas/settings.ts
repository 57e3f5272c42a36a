import { X509Certificate } from 'node:crypto';
import { z } from 'zod';
import { serverUrl, textFile, textOrFile, type SettingsOf } from '../infra/config';
import type { RegistryAddress } from './registry/transport';

/** The variables that lead to the topics and to their schemas. */
export const contractEnvironment = {
  SCHEMA_REGISTRY_URL: serverUrl(['http', 'https'], 'http://registry:8081')
    .default('http://127.0.0.1:18081/apis/ccompat/v7')
    .describe('the Confluent API of a schema registry'),
  SCHEMA_REGISTRY_USERNAME: z
    .string()
    .optional()
    .describe('for basic authentication, where the URL has none'),
  SCHEMA_REGISTRY_PASSWORD: z.string().optional().describe('its password'),
  SCHEMA_REGISTRY_PASSWORD_FILE: textFile().optional().describe('a file with the same'),
  SCHEMA_REGISTRY_TOKEN: z.string().optional().describe('for bearer authentication'),
  SCHEMA_REGISTRY_TOKEN_FILE: textFile().optional().describe('a file with the same'),
  SCHEMA_REGISTRY_CA: z
    .string()
    .optional()
    .describe(
      "the certificates of the authorities that sign the registry's, in PEM; absent: those that Node knows",
    ),
  SCHEMA_REGISTRY_CA_FILE: textFile().optional().describe('a file with the same'),
  TOPIC_PREFIX: z
    .string()
    .regex(
      /^(?!\.)[A-Za-z0-9._-]{1,200}$/,
      'should be the beginning of a topic name: at most 200 letters, digits, dots, dashes and underscores, and no dot first',
    )
    .default('library')
    .describe('the names of all topics and consumer groups begin with it'),
};

/**
 * Where the registry is, and as whom we ask it.
 * @throws {Error} one sentence that names the variable and what to set: where one is missing, contradicts another, or is no certificate
 */
export function registryAddress(env: SettingsOf<typeof contractEnvironment>): RegistryAddress {
  const { SCHEMA_REGISTRY_URL: given, SCHEMA_REGISTRY_USERNAME: username } = env;
  const password = textOrFile(env, 'SCHEMA_REGISTRY_PASSWORD');
  const token = textOrFile(env, 'SCHEMA_REGISTRY_TOKEN');
  const url = new URL(given);
  const own = [url.username, url.password].map(decodeURIComponent) as [string, string];
  const inUrl = own.some((text) => text !== '');
  const [basic, bearer] = ['SCHEMA_REGISTRY_USERNAME and SCHEMA_REGISTRY_PASSWORD', 'SCHEMA_REGISTRY_TOKEN'];
  if ((username === undefined) !== (password === undefined))
    throw new Error(`${basic} go together: set both, or none.`);
  if (token !== undefined && (username !== undefined || inUrl))
    throw new Error(
      `${bearer} is set beside a user and password, in ${inUrl ? 'SCHEMA_REGISTRY_URL' : basic}: unset one of them.`,
    );
  if (username !== undefined && inUrl)
    throw new Error(`SCHEMA_REGISTRY_URL has a user already: unset ${basic}, or take it out of the URL.`);
  url.username = url.password = '';
  const ca = authority(textOrFile(env, 'SCHEMA_REGISTRY_CA'), url);
  const pair = username !== undefined ? [username, password] : own;
  const authorization = token !== undefined ? `Bearer ${token}` : basicOf(pair.join(':'));
  return { url: url.href, ...(authorization && { authorization }), ...(ca && { ca }) };
}

const basicOf = (pair: string) =>
  pair === ':' ? undefined : `Basic ${Buffer.from(pair).toString('base64')}`;

function authority(text: string | undefined, { protocol }: URL): string | undefined {
  const ca = text?.replaceAll('\\n', '\n');
  if (ca === undefined) return undefined;
  if (protocol !== 'https:')
    throw new Error('SCHEMA_REGISTRY_CA is set, but SCHEMA_REGISTRY_URL is not https: change one of them.');
  try {
    new X509Certificate(ca);
  } catch {
    throw new Error(
      'SCHEMA_REGISTRY_CA should be a certificate in PEM: -----BEGIN CERTIFICATE----- and so on.',
    );
  }
  return ca;
}

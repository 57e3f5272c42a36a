import { BlockList, isIP } from 'node:net';
import { z } from 'zod';
import { choice, serverUrl, type SettingsOf } from '../infra/config';

export const accessEnvironment = {
  AUTH: choice(['none', 'tokens', 'jwt'])
    .optional()
    .describe('how callers authenticate; absent: `tokens` where there are some, else `none`'),
  API_TOKENS: z
    .string()
    .optional()
    .describe(
      '`token=staff:name`, `token=patron:userId` or `token=analyst:name`, separated by `;` or `,`. A token may be written as its hash, `sha256:…`',
    ),
  API_TOKENS_FILE: z
    .string()
    .optional()
    .describe('a file with the same, which is read again when it changes'),
  AUTH_ISSUER: serverUrl(['https', 'http'], 'https://id.example.org')
    .optional()
    .describe('the `iss` of the tokens, exactly as they have it'),
  AUTH_AUDIENCE: z.string().optional().describe('the `aud` of the tokens'),
  AUTH_JWKS_URL: serverUrl(['https', 'http'], 'https://id.example.org/jwks')
    .optional()
    .describe('where the issuer publishes its keys'),
  AUTH_USER_CLAIM: claim().optional().describe('the claim with the user ID; absent: `sub`'),
  AUTH_ROLES_CLAIM: claim()
    .optional()
    .describe(
      'the claim with the roles, as a list or as words; a path such as `realm_access.roles` is fine; absent: `scope`, else `roles`',
    ),
};

function claim() {
  return z
    .string()
    .regex(/^[\x21-\x7e]{1,200}$/, 'should be the name of a claim, such as sub or realm_access.roles');
}

type Environment = SettingsOf<typeof accessEnvironment> & { readonly HTTP_HOST: string };

/** How callers authenticate. */
export type AuthSettings =
  | { readonly mode: 'none' }
  | { readonly mode: 'tokens'; readonly tokens: string }
  | { readonly mode: 'tokens'; readonly file: string }
  | {
      readonly mode: 'jwt';
      readonly issuer: string;
      readonly audience: string;
      readonly jwksUrl: string;
      readonly userClaim: string;
      /** Tried in this order. */
      readonly rolesClaims: readonly string[];
    };

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
LOOPBACK.addSubnet('::ffff:127.0.0.0', 104, 'ipv6');

function isLoopback(host: string): boolean {
  const family = isIP(host);
  return family === 0
    ? host.toLowerCase() === 'localhost'
    : LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

const JWT_VARIABLES = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'] as const;
const JWT_OPTIONS = [...JWT_VARIABLES, 'AUTH_USER_CLAIM', 'AUTH_ROLES_CLAIM'] as const;
const TOKEN_VARIABLES = ['API_TOKENS', 'API_TOKENS_FILE'] as const;

/**
 * How the callers of an API with this configuration authenticate.
 * @throws {Error} one sentence with what to set: where a variable is missing or contradicts another, or where everybody in the network
 *   could do everything
 */
export function authSettings(env: Environment): AuthSettings {
  const tokens = TOKEN_VARIABLES.filter((name) => env[name] !== undefined);
  const mode = env.AUTH ?? (tokens.length > 0 ? 'tokens' : 'none');
  const foreign: readonly (keyof Environment)[] = [
    ...(mode === 'tokens' ? [] : TOKEN_VARIABLES),
    ...(mode === 'jwt' ? [] : JWT_OPTIONS),
  ];
  const idle = foreign.find((name) => env[name] !== undefined);
  if (idle !== undefined) {
    const wanted = idle.startsWith('API_') ? 'tokens' : 'jwt';
    throw new Error(`${idle} is set, but AUTH is ${mode}: set AUTH=${wanted}, or unset ${idle}.`);
  }
  if (mode === 'tokens') return tokenSettings(env);
  if (mode === 'jwt') return jwtSettings(env);
  if (isLoopback(env.HTTP_HOST)) return { mode };
  throw new Error(
    `HTTP_HOST is ${env.HTTP_HOST}, where others can reach the API, and AUTH is none, with which everybody may do everything: ` +
      'set AUTH=tokens with API_TOKENS (or API_TOKENS_FILE), or AUTH=jwt; or keep HTTP_HOST=127.0.0.1.',
  );
}

function tokenSettings({ API_TOKENS: tokens, API_TOKENS_FILE: file }: Environment): AuthSettings {
  if (tokens !== undefined && file !== undefined)
    throw new Error('API_TOKENS and API_TOKENS_FILE are both set: unset one of them.');
  if (tokens !== undefined) return { mode: 'tokens', tokens };
  if (file !== undefined) return { mode: 'tokens', file };
  throw new Error('AUTH is tokens, but there are none: set API_TOKENS or API_TOKENS_FILE.');
}

function jwtSettings(env: Environment): AuthSettings {
  const { AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience, AUTH_JWKS_URL: jwksUrl } = env;
  if (issuer === undefined || audience === undefined || jwksUrl === undefined) {
    const missing = JWT_VARIABLES.filter((name) => env[name] === undefined);
    throw new Error(`AUTH is jwt, but ${missing.join(' and ')} is missing: set it.`);
  }
  return {
    ...{ mode: 'jwt', issuer, audience, jwksUrl },
    userClaim: env.AUTH_USER_CLAIM ?? 'sub',
    rolesClaims: env.AUTH_ROLES_CLAIM === undefined ? ['scope', 'roles'] : [env.AUTH_ROLES_CLAIM],
  };
}

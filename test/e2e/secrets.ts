import { existsSync, readFileSync } from 'node:fs';

/** Shorter ones are words that stand in logs anyway, as the public password of test databases does. */
const SHORTEST = 8;
const SECRET = /(PASSWORD|SECRET|TOKEN|SSL_KEY)(_FILE)?$/;
const TOKENS = /^API_TOKENS(_FILE)?$/;

/** The secrets that a process is configured with: passwords, tokens, keys, whether in a variable, in a file or in a URL. */
export function secretsIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const secrets = Object.entries(env).flatMap(([name, value = '']) => {
    if (TOKENS.test(name)) return textOf(name, value).split(/[;\n]/).map(tokenOf);
    if (SECRET.test(name)) return linesOf(textOf(name, value));
    return URL.canParse(value) ? [decodeURIComponent(new URL(value).password)] : [];
  });
  return [...new Set(secrets.filter((secret) => secret.length >= SHORTEST))];
}

function textOf(name: string, value: string): string {
  if (!name.endsWith('_FILE')) return value;
  return existsSync(value) ? readFileSync(value, 'utf8') : '';
}

const tokenOf = (entry: string) => entry.split('=')[0]!.trim();

/** A key has more than one, of which the first and the last are no secrets. */
function linesOf(text: string): string[] {
  return text
    .split(/\n|\\n/)
    .map((line) => line.trim())
    .filter((line) => !line.startsWith('-----'));
}

/** @throws {Error} naming the line in which a process shows one of its secrets, without the secret */
export function assertNoSecrets(
  log: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): void {
  for (const secret of secretsIn(env)) {
    const line = log.find((each) => each.includes(secret));
    if (line !== undefined) throw new Error(`a secret is in the log: ${line.replaceAll(secret, '***')}`);
  }
}

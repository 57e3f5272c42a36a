import { existsSync } from 'node:fs';
import { createHash } from 'node:crypto';
import type { Java } from './java';

/** From this version on Java can keep what a start has found out (JEP 483, 514 and 515: ahead-of-time caches). */
const OLDEST = 25;

/**
 * The file in which Java keeps the classes of Kafka as they are after a start, loaded and linked, with what it learned about them. It is
 * for one Java and these jars only; undefined where Java has no such thing.
 * @param jars the folder of Kafka's jars
 */
export function startUpCache({ path, major }: Java, jars: string): string | undefined {
  if (major < OLDEST) return undefined;
  const java = createHash('sha256').update(path).digest('hex').slice(0, 12);
  return `${jars}-${java}.aot`;
}

/** The options by which a start uses what is kept; none where nothing is. Java ignores what is not made for it. */
export function fromCache(java: Java, jars: string): string[] {
  const file = startUpCache(java, jars);
  return file !== undefined && existsSync(file) ? [`-XX:AOTCache=${file}`, '-Xlog:aot*=off,cds*=off'] : [];
}

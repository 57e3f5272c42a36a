import path from 'node:path';
import { fetchOnce } from '../../infra/local/native/fetch';
import { findJava, OLDEST_JAVA } from '../../infra/local/native/java';
import { projectRoot } from '../../infra/local/run';

/**
 * A Java and the jars of a pom, which are downloaded once.
 * @param pom in the project
 * @param what they are, for messages
 * @throws {Error} in one sentence that says what to do, when Java or Maven is missing
 */
export async function javaWithJars(pom: string, what: string): Promise<{ java: string; jars: string }> {
  const java = await findJava().catch(() => {
    throw new Error(
      `${what}, which a test reads the topics with, needs Java ${OLDEST_JAVA} or newer: install a JDK ` +
        '(apt-get install openjdk-21-jdk-headless, brew install openjdk), then run the tests again.',
    );
  });
  const fetching = {
    pom: path.join(projectRoot(), pom),
    property: 'jars.dir',
    into: path.join(projectRoot(), '.local/tools', path.basename(path.dirname(pom))),
    what,
  };
  return { java: java.path, jars: await fetchOnce(java, fetching) };
}

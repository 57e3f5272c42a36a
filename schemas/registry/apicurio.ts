/** Apicurio's own API, for what its copy of Confluent's does not do. */
import { transport, type Ask, type RegistryAddress, type RegistryOptions } from './transport';

const CONFLUENT_API = /\/apis\/ccompat\/v\d+\/*$/;
/** The most that Apicurio gives in one answer, by default. */
const PAGE = 500;

/** Asks Apicurio's own API; undefined where the registry at this address is not Apicurio. */
export function apicurio(address: RegistryAddress, options: RegistryOptions): Ask | undefined {
  const own = new URL(address.url);
  if (!CONFLUENT_API.test(own.pathname)) return undefined;
  own.pathname = own.pathname.replace(CONFLUENT_API, '/apis/registry/v3');
  return transport({ ...address, url: own.href }, options);
}

/**
 * Every subject whose name begins so, however many there are: Apicurio's copy of Confluent's list looks at the first thousand
 * subjects only (3.3.3).
 */
export async function apicurioSubjects(ask: Ask, prefix: string): Promise<string[]> {
  const subjects = new Set<string>();
  const query = `artifactId=${encodeURIComponent(prefix)}*&groupId=default&orderby=artifactId&limit=${PAGE}`;
  for (let offset = 0; ; offset += PAGE) {
    const { body } = await ask('GET', `/search/artifacts?${query}&offset=${offset}`);
    const { artifacts } = body as { artifacts: { artifactId: string }[] };
    for (const { artifactId } of artifacts) subjects.add(artifactId);
    if (artifacts.length < PAGE) return [...subjects];
  }
}

import type { ServiceName } from '../../infra/local/services';

/** Where the services run that the environment does not name. */
export type Backbone = 'external' | 'compose' | 'native';

export interface Mode {
  readonly backbone: Backbone;
  /** The services that `make up` runs; the others are external. */
  readonly own: readonly ServiceName[];
}

const VARIABLES: Readonly<Record<ServiceName, string>> = {
  kafka: 'KAFKA_BROKERS',
  postgres: 'DATABASE_URL',
  registry: 'SCHEMA_REGISTRY_URL',
};

export const SERVICES = Object.keys(VARIABLES) as readonly ServiceName[];

/** The environment variable with the address of an external service. */
export const variableOf = (service: ServiceName): string => VARIABLES[service];

/**
 * Services that the environment names are external. The others run in containers where a Docker engine answers, otherwise
 * natively. `forced` (the variable BACKBONE) decides for all three.
 */
export async function chooseMode(
  env: NodeJS.ProcessEnv,
  forced: Backbone | undefined,
  isDockerThere: () => Promise<boolean>,
): Promise<Mode> {
  if (forced) return { backbone: forced, own: forced === 'external' ? [] : SERVICES };
  const own = SERVICES.filter((service) => !env[VARIABLES[service]]);
  if (own.length === 0) return { backbone: 'external', own };
  return { backbone: (await isDockerThere()) ? 'compose' : 'native', own };
}

import type { ServiceName } from '../../infra/local/services';

/** Who runs the services that the environment does not name. */
export type Backbone = 'external' | 'compose' | 'native';

export interface Mode {
  readonly backbone: Backbone;
  /** The services that we run; the others are somebody else's. */
  readonly own: readonly ServiceName[];
}

const VARIABLES: Readonly<Record<ServiceName, string>> = {
  kafka: 'KAFKA_BROKERS',
  postgres: 'DATABASE_URL',
  registry: 'SCHEMA_REGISTRY_URL',
};

export const SERVICES = Object.keys(VARIABLES) as readonly ServiceName[];

/** The variable that names this service. */
export const variableOf = (service: ServiceName): string => VARIABLES[service];

/**
 * What the environment names is taken as it is; the rest runs in containers where a Docker engine answers, else natively.
 * `forced` (the variable BACKBONE) puts all three in one place.
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

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
 * Services that the environment names are external. The others run where those of the last `up` ran, since their data are there
 * (`known`); the first time in containers where a Docker engine answers, otherwise natively. `forced` (the variable BACKBONE)
 * decides for all three.
 * @throws {Error} with what to do, when the data are in containers and no engine answers
 */
export async function chooseMode(
  env: NodeJS.ProcessEnv,
  { forced, known }: { readonly forced?: Backbone | undefined; readonly known?: Backbone | undefined },
  isDockerThere: () => Promise<boolean>,
): Promise<Mode> {
  if (forced) return { backbone: forced, own: forced === 'external' ? [] : SERVICES };
  const own = SERVICES.filter((service) => !env[VARIABLES[service]]);
  if (own.length === 0) return { backbone: 'external', own };
  if (known === 'native') return { backbone: 'native', own };
  if (await isDockerThere()) return { backbone: 'compose', own };
  if (known === 'compose') throw new Error(ENGINE_AWAY);
  return { backbone: 'native', own };
}

const ENGINE_AWAY =
  'The servers of this system run in containers, which have its data, and no Docker engine with its compose plugin answers: start the ' +
  'engine, then run make up again. (BACKBONE=native starts other servers, without Docker and with empty data.)';

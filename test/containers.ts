import type { StartedNetwork, StartedTestContainer } from 'testcontainers';
import { freePorts } from '../infra/local/ports';
import type { Service, ServiceName } from '../infra/local/services';
import { waitUntil } from '../infra/local/wait';
import { containerSpecs, type ContainerSpec } from './container-specs';
import type { ServerHandle, ServerSet } from './private-servers';

interface Running {
  readonly spec: ContainerSpec;
  readonly container: StartedTestContainer;
}

/** See `startServers`. The engine must run on this machine: the servers have fixed ports of the loopback interface. */
export async function startContainers(servers: readonly ServiceName[], brokers: number): Promise<ServerSet> {
  const { Network } = await import('testcontainers');
  const specs = containerSpecs(servers, await freePorts(brokers + 2));
  const network = await new Network().start();
  const running: Running[] = [];
  const close = async () => {
    await Promise.all(running.map(({ container }) => container.stop({ timeout: 0 })));
    await network.stop();
  };
  const startGroup = async (group: ContainerSpec[]) => {
    await Promise.all(
      group.map(async (spec) => running.push({ spec, container: await create(spec, network) })),
    );
    for (const { service } of group) {
      await ready(service);
      await service.afterStart();
    }
  };
  try {
    await startGroup(specs.filter(({ service }) => service.name !== 'registry'));
    await startGroup(specs.filter(({ service }) => service.name === 'registry'));
  } catch (error) {
    await close();
    throw error;
  }
  return serverSet(specs, running, close);
}

async function create(spec: ContainerSpec, network: StartedNetwork): Promise<StartedTestContainer> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = new GenericContainer(spec.image)
    .withNetwork(network)
    .withNetworkAliases(spec.alias)
    .withExposedPorts({ container: spec.containerPort, host: spec.hostPort })
    .withEnvironment(spec.env)
    .withWaitStrategy(Wait.forListeningPorts())
    .withStartupTimeout(120_000);
  try {
    return await (spec.command ? container.withCommand([...spec.command]) : container).start();
  } catch (error) {
    const advice =
      'where its image cannot be had, BACKBONE=native runs the tests without Docker (docs/docker.md)';
    throw new Error(`The container of ${spec.image} did not start: ${(error as Error).message}; ${advice}.`, {
      cause: error,
    });
  }
}

function serverSet(
  specs: readonly ContainerSpec[],
  running: readonly Running[],
  close: () => Promise<void>,
): ServerSet {
  const url = (name: ServiceName) => specs.find(({ service }) => service.name === name)?.service.url;
  const handles = (name: ServiceName) =>
    specs.flatMap(({ service, alias }) =>
      running.filter(({ spec }) => service.name === name && spec.alias === alias).map(handleOf),
    );
  return {
    kafkaBrokers: url('kafka') ?? 'kafka.invalid:9092',
    databaseUrl: url('postgres') ?? 'postgresql://postgres.invalid/library',
    registryUrl: url('registry') ?? 'http://registry.invalid',
    kafka: handles('kafka'),
    postgres: handles('postgres')[0],
    registry: handles('registry')[0],
    close,
  };
}

/** Uses the engine's client: `stop` of testcontainers removes the container, and there is no `kill`. */
function handleOf({ spec, container }: Running): ServerHandle {
  const engine = async () => {
    const { getContainerRuntimeClient } = await import('testcontainers');
    return (await getContainerRuntimeClient()).container.getById(container.getId());
  };
  return {
    kill: async () => void (await (await engine()).kill()),
    stop: async () => void (await (await engine()).stop()),
    start: async () => {
      await (await engine()).start();
      await ready(spec.service);
    },
    pause: async () => void (await (await engine()).pause()),
    resume: async () => void (await (await engine()).unpause()),
  };
}

async function ready(service: Service): Promise<void> {
  await waitUntil(() => service.isReady(), {
    what: `${service.title} did not become ready`,
    timeout: 120_000,
  });
}

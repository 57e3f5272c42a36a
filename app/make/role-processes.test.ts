import { roleProcesses } from './role-processes';
import { readSettings } from '../local-system/settings';

const ROLES = ['api', 'availability', 'demand'] as const;
const settings = readSettings({ HTTP_PORT: '4000', OPS_PORT_BASE: '4100' });
const build = (env: NodeJS.ProcessEnv, version = 'v1') => roleProcesses(ROLES, settings, env, version);

describe('the processes of the roles', () => {
  test('have the API on HTTP_PORT and each consumer on an OPS_PORT of its own', () => {
    const processes = build({ OPS_PORT: '1' });
    expect(processes.map(({ url }) => url)).toEqual(
      ['4000', '4100', '4101'].map((port) => `http://127.0.0.1:${port}`),
    );
    expect(processes.map(({ spec }) => spec.env.OPS_PORT)).toEqual([undefined, '4100', '4101']);
  });

  test('get the credentials of their own role beside it', () => {
    const credentials = (role: string) => ({ KAFKA_SASL_USERNAME: `library-${role}` });
    const processes = roleProcesses(ROLES, settings, {}, 'v1', credentials);
    expect(processes.map(({ spec }) => spec.env.KAFKA_SASL_USERNAME)).toEqual(
      ROLES.map((role) => `library-${role}`),
    );
  });

  test('get the environment, without the variables of make and npm', () => {
    const env = { PICKUP_WINDOW: '1d', PATH: '/bin', MAKEFLAGS: 's', npm_config_x: 'y', SHLVL: '3' };
    expect(build(env)[0]?.spec.env).toEqual({ PICKUP_WINDOW: '1d', PATH: '/bin' });
  });

  test('are restarted for another configuration or build, and not for another terminal', () => {
    const fingerprint = (env: NodeJS.ProcessEnv, version?: string) =>
      build(env, version)[0]?.spec.fingerprint;
    expect(fingerprint({ TERM: 'xterm' })).toBe(fingerprint({ TERM: 'vt100' }));
    expect(fingerprint({ PICKUP_WINDOW: '1d' })).not.toBe(fingerprint({ PICKUP_WINDOW: '2d' }));
    expect(fingerprint({}, 'v1')).not.toBe(fingerprint({}, 'v2'));
  });

  test('are reached on the loopback interface when they listen on all interfaces', () => {
    expect(build({ HTTP_HOST: '0.0.0.0' })[0]?.url).toBe('http://127.0.0.1:4000');
  });
});

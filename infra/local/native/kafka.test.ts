import { brokerProperties } from './kafka';

const one = { ports: [9092], controllerPorts: [9093] };
const three = { ports: [9092, 9093, 9094], controllerPorts: [9102, 9103, 9104] };

describe('the configuration of a broker', () => {
  test('listens on the loopback interface only', () => {
    const listeners = brokerProperties(three, 1, '/data').match(/^listeners=(.*)$/m)?.[1];
    expect(listeners).toBe('PLAINTEXT://127.0.0.1:9093,CONTROLLER://127.0.0.1:9103');
  });

  test('sets as many replicas as there are brokers, and tolerates the loss of one of three', () => {
    expect(brokerProperties(one, 0, '/data')).toMatch(
      /^default.replication.factor=1\nmin.insync.replicas=1$/m,
    );
    expect(brokerProperties(three, 0, '/data')).toMatch(
      /^default.replication.factor=3\nmin.insync.replicas=2$/m,
    );
  });

  test('lists all controllers', () => {
    const voters = brokerProperties(three, 2, '/data').match(/^controller.quorum.voters=(.*)$/m)?.[1];
    expect(voters).toBe('1@127.0.0.1:9102,2@127.0.0.1:9103,3@127.0.0.1:9104');
  });

  test('lets nobody in without TLS and a password where it is secure, and binds all but the broker to access lists', () => {
    const certificate = { certificate: '/c.pem', key: '/k.pem' };
    const security = { certificate, brokerPassword: 'b', passwords: { ann: 'a' } };
    const lines = brokerProperties({ ...three, security }, 1, '/data').split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        'listeners=CLIENTS://127.0.0.1:9093,CONTROLLER://127.0.0.1:9103',
        'listener.security.protocol.map=CLIENTS:SASL_SSL,CONTROLLER:SASL_SSL',
        'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'allow.everyone.if.no.acl.found=false',
        'super.users=User:broker',
      ]),
    );
    expect(lines.join()).not.toContain('PLAINTEXT');
  });
});

import { readFileSync, writeFileSync } from 'node:fs';
import type { Certificate } from './certificate';

/** The user that the brokers are to each other and to the controllers, and the only one whom no access list binds. */
export const BROKER = 'broker';

export interface KafkaSecurity {
  readonly certificate: Certificate;
  /** Of the user `broker`. Letters and digits, as all passwords here. */
  readonly brokerPassword: string;
  /** The password of each user who signs in with SCRAM. They are stored with the cluster when it is formatted. */
  readonly passwords: Readonly<Record<string, string>>;
  /** Default: SCRAM-SHA-512. */
  readonly mechanisms?: readonly ('SCRAM-SHA-256' | 'SCRAM-SHA-512')[];
}

const MECHANISMS = ['SCRAM-SHA-512'] as const;
const MODULES = 'org.apache.kafka.common.security';

const SCRAM = `${MODULES}.scram.ScramLoginModule required;`;
const jaasOf = (mechanism: string) => `listener.name.clients.${mechanism.toLowerCase()}.sasl.jaas.config`;

/**
 * What a broker is told beside its usual properties: nobody comes in without TLS and a password, also not to the controllers, and
 * nobody may do what no access list allows.
 * @param store the file of `keyStore`
 */
export function securityProperties(
  { certificate, brokerPassword, mechanisms = MECHANISMS }: KafkaSecurity,
  store: string,
  ports: { readonly clients: number; readonly controller: number },
): Record<string, string | number | boolean> {
  const user = `username="${BROKER}" password="${brokerPassword}" user_${BROKER}="${brokerPassword}"`;
  const plain = `${MODULES}.plain.PlainLoginModule required ${user};`;
  return {
    listeners: `CLIENTS://127.0.0.1:${ports.clients},CONTROLLER://127.0.0.1:${ports.controller}`,
    'listener.security.protocol.map': 'CLIENTS:SASL_SSL,CONTROLLER:SASL_SSL',
    'inter.broker.listener.name': 'CLIENTS',
    'sasl.mechanism.inter.broker.protocol': 'PLAIN',
    'sasl.mechanism.controller.protocol': 'PLAIN',
    'listener.name.clients.sasl.enabled.mechanisms': [...mechanisms, 'PLAIN'].join(','),
    'listener.name.controller.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.clients.plain.sasl.jaas.config': plain,
    'listener.name.controller.plain.sasl.jaas.config': plain,
    ...Object.fromEntries(mechanisms.map((mechanism) => [jaasOf(mechanism), SCRAM])),
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': store,
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': certificate.certificate,
    'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    'super.users': `User:${BROKER}`,
    'allow.everyone.if.no.acl.found': false,
  };
}

/** How clients come in as the user whom no access list binds. */
export function asBroker({ certificate, brokerPassword }: KafkaSecurity, ports: readonly number[]) {
  return {
    brokers: ports.map((port) => `127.0.0.1:${port}`),
    ssl: { ca: readFileSync(certificate.certificate, 'utf8') },
    sasl: { mechanism: 'plain', username: BROKER, password: brokerPassword },
  } as const;
}

/** Writes key and certificate as the one file that Kafka takes. Only its owner may read it. */
export function writeKeyStore({ certificate, key }: Certificate, file: string): void {
  writeFileSync(file, readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'), { mode: 0o600 });
}

/** The arguments with which the storage is formatted with the users of SCRAM. */
export function scramArgs({ passwords, mechanisms = MECHANISMS }: KafkaSecurity): string[] {
  return Object.entries(passwords).flatMap(([name, password]) =>
    mechanisms.flatMap((mechanism) => ['--add-scram', `${mechanism}=[name=${name},password=${password}]`]),
  );
}

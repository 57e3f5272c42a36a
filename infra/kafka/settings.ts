import { z } from 'zod';
import { choice, duration, flag, serverUrl, textFile, wholeNumber, type SettingsOf } from '../config';

/** A host, or an IPv6 address in brackets, and a port. */
const BROKER = /^(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):(\d{1,5})$/;

const isBroker = (text: string) => {
  const port = Number(BROKER.exec(text.trim())?.[1]);
  return port >= 1 && port <= 65_535;
};

/** The variables that lead to Kafka. What depends on several of them: `connectionSecurity`. */
export const kafkaEnvironment = {
  KAFKA_BROKERS: z
    .string()
    .refine(
      (brokers) => brokers.split(',').every(isBroker),
      'should be host:port of each broker, separated by commas, such as kafka-1:9092,kafka-2:9092',
    )
    .default('127.0.0.1:19092')
    .describe('`host:port` of each broker, separated by commas'),
  KAFKA_SSL: flag().describe('TLS to the brokers'),
  KAFKA_SSL_CA: z
    .string()
    .optional()
    .describe(
      "the certificates of the authorities that sign the brokers', in PEM; absent: those that Node knows",
    ),
  KAFKA_SSL_CA_FILE: textFile().optional().describe('a file with the same'),
  KAFKA_SSL_CERT: z.string().optional().describe('the certificate that is shown to the brokers, in PEM'),
  KAFKA_SSL_CERT_FILE: textFile().optional().describe('a file with the same'),
  KAFKA_SSL_KEY: z.string().optional().describe('its key, in PEM, without a passphrase'),
  KAFKA_SSL_KEY_FILE: textFile().optional().describe('a file with the same'),
  KAFKA_SASL_MECHANISM: z
    .string()
    .toLowerCase()
    .pipe(choice(['plain', 'scram-sha-256', 'scram-sha-512', 'oauthbearer']))
    .optional()
    .describe(
      'how to sign in: `plain`, `scram-sha-256`, `scram-sha-512` or `oauthbearer`, in small letters or as Kafka spells them',
    ),
  KAFKA_SASL_USERNAME: z.string().optional().describe('the user, for all mechanisms but `oauthbearer`'),
  KAFKA_SASL_PASSWORD: z.string().optional().describe('its password'),
  KAFKA_SASL_PASSWORD_FILE: textFile().optional().describe('a file with the same'),
  KAFKA_OAUTH_TOKEN_URL: serverUrl(['https', 'http'], 'https://id.example.org/oauth2/token')
    .optional()
    .describe("where a token is had for the client's credentials (OAuth 2, RFC 6749, 4.4)"),
  KAFKA_OAUTH_CLIENT_ID: z.string().optional().describe('who asks for it'),
  KAFKA_OAUTH_CLIENT_SECRET: z.string().optional().describe('with which secret'),
  KAFKA_OAUTH_CLIENT_SECRET_FILE: textFile().optional().describe('a file with the same'),
  KAFKA_OAUTH_SCOPE: z.string().optional().describe('for what it is to be good'),
  KAFKA_OAUTH_EXTENSIONS: z
    .string()
    .regex(
      /^[A-Za-z]+=[\x21-\x2b\x2d-\x7e]+(,[A-Za-z]+=[\x21-\x2b\x2d-\x7e]+)*$/,
      'should be name=value, separated by commas, such as logicalCluster=lkc-1,identityPoolId=pool-1',
    )
    .optional()
    .describe('what the brokers are told beside the token: `name=value`, separated by commas'),
  KAFKA_OAUTH_MODULE: z
    .string()
    .optional()
    .describe(
      'instead: a JavaScript module whose default export makes tokens, for brokers with a way of their own, such as MSK',
    ),
  KAFKA_SESSION_TIMEOUT: duration('6s', { min: '500ms', max: '30m' }).describe(
    "for how long a killed consumer's partitions pause before they go to others",
  ),
  REPLICATION_FACTOR: wholeNumber({ min: 1, max: 32_767 })
    .optional()
    .describe(
      'copies of each topic, absent: as many as there are brokers, 3 at most; where it is set, fewer are refused at the start, else `/readyz` is `degraded`',
    ),
};

export type KafkaEnvironment = SettingsOf<typeof kafkaEnvironment>;

/**
 * What to do when Kafka does not let a user in; undefined when that is not the reason.
 * @param error what a client of Kafka has thrown
 */
export function refusedUser(error: unknown): string | undefined {
  if (!(error instanceof Error) || error.name !== 'KafkaJSSASLAuthenticationError') return undefined;
  return `Kafka does not let this user in: ${error.message}. Check KAFKA_SASL_MECHANISM, KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD.`;
}

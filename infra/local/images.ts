/** The images of the same servers as the native ones (infra/local/native/pom.xml, package.json); infra/compose/compose.yaml has them too. */
export const IMAGES = {
  kafka: 'apache/kafka:4.4.0',
  postgres: 'postgres:18',
  registry: 'apicurio/apicurio-registry:3.3.3',
} as const;

/** The arrows of the house (see docs/decisions/0001-the-house.md). `make lint` fails when code crosses one. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    { name: 'producer-never-consumer', severity: 'error', from: { path: '^producer/' }, to: { path: '^(consumer|app)/' } },
    { name: 'consumer-never-producer', severity: 'error', from: { path: '^consumer/' }, to: { path: '^(producer|app)/' } },
    { name: 'schemas-depend-on-infra-only', severity: 'error', from: { path: '^schemas/' }, to: { path: '^(producer|consumer|app|test|bench)/' } },
    { name: 'infra-depends-on-nothing-of-ours', severity: 'error', from: { path: '^infra/' }, to: { path: '^(producer|consumer|schemas|app|test|bench)/' } },
    { name: 'domain-is-pure', severity: 'error', from: { path: '^consumer/domain/', pathNot: '\\.test\\.ts$' }, to: { pathNot: '^consumer/domain/|^schemas/generated/' } },
    { name: 'domain-imports-only-types-of-events', severity: 'error', from: { path: '^consumer/domain/', pathNot: '\\.test\\.ts$' }, to: { path: '^schemas/', dependencyTypesNot: ['type-only'] } },
    { name: 'only-infra-kafka-knows-kafkajs', severity: 'error', from: { pathNot: '^infra/kafka/|^bench/|\\.test\\.ts$' }, to: { path: 'node_modules/kafkajs' } },
    { name: 'nothing-imports-tests', severity: 'error', from: { pathNot: '^test/|^bench/|\\.test\\.ts$' }, to: { path: '^test/|\\.test\\.ts$' } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.local|consumer/prisma/generated)/' },
  },
};

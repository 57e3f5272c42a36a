/** Tests may set the stage with anything. `testing.ts` holds words for the tests beside it. */
const TESTS = '\\.test\\.ts$|/testing\\.ts$';

/** The arrows of the house (see docs/decisions/0001-the-house.md). `make lint` fails when code crosses one. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'producer-never-consumer',
      severity: 'error',
      from: { path: '^producer/', pathNot: TESTS },
      to: { path: '^(consumer|app)/' },
    },
    {
      name: 'consumer-never-producer',
      severity: 'error',
      from: { path: '^consumer/', pathNot: TESTS },
      to: { path: '^(producer|app)/' },
    },
    {
      name: 'schemas-depend-on-infra-only',
      severity: 'error',
      from: { path: '^schemas/', pathNot: TESTS },
      to: { path: '^(producer|consumer|app|test|bench)/' },
    },
    {
      name: 'infra-depends-on-nothing-of-ours',
      severity: 'error',
      from: { path: '^infra/', pathNot: TESTS },
      to: { path: '^(producer|consumer|schemas|app|test|bench)/' },
    },
    {
      name: 'domain-is-pure',
      severity: 'error',
      from: { path: '^consumer/domain/', pathNot: TESTS },
      to: { pathNot: '^consumer/domain/|^schemas/(generated/|refusals\\.ts$)' },
    },
    {
      name: 'domain-imports-only-types-of-the-contract',
      severity: 'error',
      from: { path: '^consumer/domain/', pathNot: TESTS },
      to: { path: '^schemas/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'only-infra-kafka-knows-kafkajs',
      severity: 'error',
      from: { pathNot: '^infra/kafka/|^bench/|\\.test\\.ts$' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/|^bench/|\\.test\\.ts$|/testing\\.ts$' },
      to: { path: '^test/|\\.test\\.ts$|/testing\\.ts$' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.local|consumer/prisma/generated)/' },
  },
};

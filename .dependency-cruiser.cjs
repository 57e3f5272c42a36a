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
      to: { pathNot: '^consumer/domain/|^schemas/generated/' },
    },
    {
      name: 'domain-imports-only-types-of-events',
      severity: 'error',
      from: { path: '^consumer/domain/', pathNot: TESTS },
      to: { path: '^schemas/', dependencyTypesNot: ['type-only'] },
    },
    // The rooms of consumer/, tests included: domain ← projector ← views, dead-letters, notices, policies, live ← replay. Each
    // room but replay is given the rooms that it may import. None of them is replay, and together they make no cycle.
    {
      name: 'consumer-never-app',
      severity: 'error',
      from: { path: '^consumer/' },
      to: { path: '^app/' },
    },
    {
      name: 'domain-imports-no-other-room',
      severity: 'error',
      from: { path: '^consumer/domain/' },
      to: { path: '^consumer/(?!domain/)' },
    },
    {
      name: 'projector-imports-only-domain',
      severity: 'error',
      from: { path: '^consumer/projector/' },
      to: { path: '^consumer/(?!projector/|domain/)' },
    },
    {
      name: 'dead-letters-import-only-projector',
      severity: 'error',
      from: { path: '^consumer/dead-letters/' },
      to: { path: '^consumer/(?!dead-letters/|projector/)' },
    },
    {
      name: 'views-import-only-projector-and-prisma',
      severity: 'error',
      from: { path: '^consumer/views/' },
      to: { path: '^consumer/(?!views/|projector/|domain/|prisma/)' },
    },
    {
      name: 'notices-and-policies-import-only-views-and-projector',
      severity: 'error',
      from: { path: '^consumer/(notices|policies)/' },
      to: { path: '^consumer/(?!$1/|views/|projector/|domain/)' },
    },
    {
      name: 'live-imports-only-projector',
      severity: 'error',
      from: { path: '^consumer/live/' },
      to: { path: '^consumer/(?!live/|projector/|domain/)' },
    },
    {
      name: 'export-imports-no-view',
      severity: 'error',
      from: { path: '^consumer/export/' },
      to: { path: '^consumer/(?!export/|projector/|domain/)' },
    },
    {
      name: 'prisma-imports-no-other-room',
      severity: 'error',
      from: { path: '^consumer/prisma/' },
      to: { path: '^consumer/(?!prisma/)' },
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

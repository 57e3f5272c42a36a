/** Tests may import what they need to build their scene. `testing.ts` holds helpers for the tests beside it. */
const TESTS = '\\.test\\.ts$|/testing\\.ts$';

/** The arrows between the folders (see docs/decisions/0001-the-house.md). `make lint` fails when an import breaks one. */
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
      to: { path: '^consumer/' },
    },
    {
      name: 'consumer-never-producer',
      severity: 'error',
      from: { path: '^consumer/', pathNot: TESTS },
      to: { path: '^producer/' },
    },
    {
      name: 'nothing-below-imports-app',
      comment: 'Tests included: a test that starts a role stands in test/.',
      severity: 'error',
      from: { path: '^(producer|consumer|schemas|infra)/' },
      to: { path: '^app/' },
    },
    {
      name: 'schemas-depend-on-infra-only',
      severity: 'error',
      from: { path: '^schemas/', pathNot: TESTS },
      to: { path: '^(producer|consumer|test|bench|faults)/' },
    },
    {
      name: 'infra-depends-on-nothing-of-ours',
      severity: 'error',
      from: { path: '^infra/', pathNot: TESTS },
      to: { path: '^(producer|consumer|schemas|test|bench|faults)/' },
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
      name: 'analysis-imports-only-export',
      severity: 'error',
      from: { path: '^consumer/analysis/' },
      to: { path: '^consumer/(?!analysis/|export/)' },
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
      from: { pathNot: '^infra/kafka/|^bench/|^examples/|^faults/|^test/|\\.test\\.ts$' },
      to: { path: 'node_modules/kafkajs' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/|^bench/|^faults/|\\.test\\.ts$|/testing\\.ts$' },
      to: { path: '^test/|\\.test\\.ts$|/testing\\.ts$' },
    },

    {
      name: 'examples-are-for-others',
      comment: 'Whoever copies one has nothing of ours.',
      severity: 'error',
      from: { path: '^examples/' },
      to: { path: '^(app|bench|consumer|faults|infra|producer|schemas|test|web)/' },
    },

    {
      name: 'the-client-is-for-others',
      comment: 'Its tests, which start the API, stand in test/.',
      severity: 'error',
      from: { path: '^client/', pathNot: TESTS },
      to: { path: '^(app|bench|consumer|examples|faults|infra|producer|schemas|test|web)/' },
    },

    // The page runs in a browser: it knows the platform by its public API alone. Only to replay the life of a book does it take the
    // rules themselves, which are pure.
    {
      name: 'the-page-is-apart',
      severity: 'error',
      from: { path: '^web/', pathNot: '^web/src/replay/' },
      to: { path: '^(app|bench|consumer|faults|infra|producer|schemas|test)/' },
    },
    {
      name: 'replays-of-the-page-import-only-the-domain',
      severity: 'error',
      from: { path: '^web/src/replay/' },
      to: { path: '^(app|bench|consumer|faults|infra|producer|schemas|test)/(?!domain/|generated/)' },
    },
    {
      name: 'nothing-imports-the-page',
      severity: 'error',
      from: { pathNot: '^web/' },
      to: { path: '^web/' },
    },
    {
      name: 'pages-of-the-page-are-apart',
      severity: 'error',
      from: { path: '^web/src/pages/([^/]+)/' },
      to: { path: '^web/src/(pages/|app)', pathNot: '^web/src/pages/$1/' },
    },

    // Walls inside app/: the programs (roles, cli, demo, make) do not import each other. What they share stands in
    // local-system/ (what `make up` started), in terminal/ (tables, progress, printing) or in app/ itself (deploy, lag,
    // topics). The arrows go from the programs to app/ itself, from there to the shared rooms, and never back.
    {
      name: 'app-programs-are-apart',
      severity: 'error',
      from: { path: '^app/(roles|cli|demo)/' },
      to: { path: '^app/(roles|cli|demo|make)/', pathNot: '^app/$1/' },
    },
    {
      name: 'make-knows-only-the-names-of-the-roles',
      comment:
        '`make up` starts a process for each role: it needs their names and the flags of Node, and no more.',
      severity: 'error',
      from: { path: '^app/make/' },
      to: { path: '^app/(roles|cli|demo)/', pathNot: '^app/roles/roles\\.ts$' },
    },
    {
      name: 'what-app-shares-knows-no-program',
      severity: 'error',
      from: { path: '^app/([^/]+\\.ts$|(local-system|terminal)/)' },
      to: { path: '^app/(roles|cli|demo|make)/' },
    },
    {
      name: 'shared-rooms-of-app-stand-alone',
      severity: 'error',
      from: { path: '^app/(local-system|terminal)/' },
      to: { path: '^app/', pathNot: '^app/$1/' },
    },

    // Walls inside infra/local/: native/ builds on the files beside it and on the supervisor's types, never the other way.
    {
      name: 'supervisor-stands-alone',
      comment: 'It knows processes and nothing of what they are, and outlives the command that started it.',
      severity: 'error',
      from: { path: '^infra/local/supervisor/', pathNot: TESTS },
      to: { path: '^(infra|app)/', pathNot: '^infra/local/supervisor/' },
    },
    {
      name: 'infra-local-never-imports-native',
      comment: 'What native/ builds on (services, run, ports, wait) serves containers as well.',
      severity: 'error',
      from: { path: '^infra/local/[^/]+\\.ts$', pathNot: TESTS },
      to: { path: '^infra/local/(native|supervisor)/' },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|\\.local|consumer/prisma/generated)/' },
  },
};

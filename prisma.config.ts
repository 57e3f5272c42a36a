import { defineConfig } from 'prisma/config';
import { prismaUrl } from './infra/postgres/prisma-url';

/** For Prisma's own commands (`prisma generate`, `prisma migrate status`). The services read DATABASE_URL themselves. */
export default defineConfig({
  schema: 'consumer/prisma/schema.prisma',
  migrations: { path: 'consumer/prisma/migrations' },
  datasource: {
    url: prismaUrl(process.env['DATABASE_URL'] ?? 'postgresql://library:library@127.0.0.1:15433/library'),
  },
});

import { prismaUrl } from './prisma-url';

test('Prisma is told to check the server, in its own words', () => {
  expect(prismaUrl('postgresql://u:p%40ss@h/db?sslmode=verify-full&sslrootcert=/etc/ca.pem')).toBe(
    'postgresql://u:p%40ss@h/db?sslmode=require&sslaccept=strict&sslcert=%2Fetc%2Fca.pem',
  );
  expect(prismaUrl('postgresql://h/db?sslmode=verify-full')).toBe(
    'postgresql://h/db?sslmode=require&sslaccept=strict',
  );
});

test.each(['postgresql://h/db', 'postgresql://h/db?sslmode=require'])('%s stays as it is', (url) => {
  expect(prismaUrl(url)).toBe(url);
});

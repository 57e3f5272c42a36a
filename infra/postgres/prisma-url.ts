/**
 * The URL as Prisma's own engine takes it (`prisma migrate`), which knows neither `verify-full` nor `sslrootcert`: it checks the server
 * where `sslaccept` is `strict`, against the authority in `sslcert`.
 */
export function prismaUrl(databaseUrl: string): string {
  const url = new URL(databaseUrl);
  const { searchParams: given } = url;
  if (!given.get('sslmode')?.startsWith('verify-')) return databaseUrl;
  const authority = given.get('sslrootcert');
  given.delete('sslrootcert');
  given.set('sslmode', 'require');
  given.set('sslaccept', 'strict');
  if (authority !== null) given.set('sslcert', authority);
  return url.href;
}

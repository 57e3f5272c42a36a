import { Link } from 'wouter-preact';
import { m } from '../i18n/i18n';
import { paths } from '../routes';
import { Title } from './title';

export function NotFound() {
  return (
    <>
      <Title text={m.common.notFound} />
      <p>
        <Link href={paths.search}>{m.common.backToSearch}</Link>
      </p>
    </>
  );
}

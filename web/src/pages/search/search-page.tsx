import { m } from '../../i18n/i18n';
import { Title } from '../../ui/title';

export function SearchPage() {
  return <Title text={m.search.title} />;
}

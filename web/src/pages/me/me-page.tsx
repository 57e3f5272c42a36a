import { m } from '../../i18n/i18n';
import { Title } from '../../ui/title';

export function MePage() {
  return <Title text={m.me.title} />;
}

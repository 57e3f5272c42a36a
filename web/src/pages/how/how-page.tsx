import { m } from '../../i18n/i18n';
import { Title } from '../../ui/title';

export default function HowPage() {
  return <Title text={m.how.title} />;
}

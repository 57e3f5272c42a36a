import { m } from '../../i18n/i18n';
import { Title } from '../../ui/title';

export default function StreamPage() {
  return <Title text={m.stream.title} />;
}

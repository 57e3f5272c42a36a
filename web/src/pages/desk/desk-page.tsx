import { m } from '../../i18n/i18n';
import { Title } from '../../ui/title';

export default function DeskPage() {
  return <Title text={m.desk.title} />;
}

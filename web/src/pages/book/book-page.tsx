import { Title } from '../../ui/title';

export function BookPage({ bookId }: { bookId: string }) {
  return <Title text={bookId} />;
}

import { useState } from 'preact/hooks';
import { useSearch } from 'wouter-preact';
import { useCaller } from '../../api/caller';
import { useRefreshed } from '../../api/refresh';
import { authMode, useSession } from '../../api/session';
import { m } from '../../i18n/i18n';
import { useDebounced } from '../../ui/debounced';
import { Title } from '../../ui/title';
import { Counter, type Slip } from './counter';
import { HoldShelf, PullList } from './hold-shelf';
import { Timeline } from './timeline';
import './desk.css';

/** What staff do with copies: lend, take back, add, withdraw; and what waits for them. */
export default function DeskPage() {
  const { token } = useSession();
  const { caller } = useCaller();
  const isStranger = caller ? caller.role === 'patron' || caller.role === 'analyst' : false;
  return (
    <>
      <Title text={m.desk.title} />
      {authMode !== 'none' && !token ? (
        <p class="notice">{m.common.signInFirst}</p>
      ) : isStranger ? (
        <p class="notice">{m.desk.forStaff}</p>
      ) : (
        <Desk key={token} />
      )}
    </>
  );
}

function Desk() {
  const asked = new URLSearchParams(useSearch()).get('book') ?? '';
  const [slip, setSlip] = useState<Slip>({ book: asked, copy: '', reader: '' });
  const bookId = useDebounced(slip.book.trim(), 300);
  useRefreshed({}, 'hold-shelf', 'history', 'book');
  const take = (taken: Slip) => {
    setSlip(taken);
    document.getElementById('content')?.scrollIntoView();
  };
  return (
    <>
      <Counter slip={slip} onSlip={setSlip} bookId={bookId} />
      <div class="columns">
        <HoldShelf onTake={take} />
        <PullList onTake={take} />
      </div>
      <Timeline key={bookId} bookId={bookId} />
    </>
  );
}

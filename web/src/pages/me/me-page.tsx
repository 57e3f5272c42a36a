import { useQueryClient } from '@tanstack/preact-query';
import { useId } from 'preact/hooks';
import { Link } from 'wouter-preact';
import { useBook } from '../../api/books';
import { useCaller } from '../../api/caller';
import { api, call, type Reservation } from '../../api/client';
import { useLive } from '../../api/live';
import type { Receipt } from '../../api/receipts';
import { isOpen, useOrder, useReservationsOf, type Act } from '../../api/reservations';
import { authMode, useSession } from '../../api/session';
import { formatTime, m, text } from '../../i18n/i18n';
import { bookPath } from '../../routes';
import { useDebounced } from '../../ui/debounced';
import { Refusal } from '../../ui/refusal';
import { reservationText, toneOf } from '../../ui/reservation-text';
import { More } from '../../ui/more';
import { Failure, Loading } from '../../ui/states';
import { Title } from '../../ui/title';

/** What a reader has reserved, and what became of it. */
export function MePage() {
  const { card: typed, token } = useSession();
  const card = useDebounced(typed, 200);
  const { caller } = useCaller();
  const asks = authMode !== 'none' && !token ? m.common.signInFirst : m.me.needsCard;
  return (
    <>
      <Title text={m.me.title} />
      {caller?.role === 'analyst' ? (
        <p class="soft">{m.me.needsReader}</p>
      ) : card === '' ? (
        <p class="notice">{asks}</p>
      ) : (
        <Reservations card={card} />
      )}
    </>
  );
}

function Reservations({ card }: { card: string }) {
  const queries = useQueryClient();
  const pages = useReservationsOf(card);
  const { data, error, refetch } = pages;
  useLive({ userId: card }, () => void queries.invalidateQueries({ queryKey: ['user', card] }));
  if (!data) return error ? <Failure error={error} retry={() => void refetch()} /> : <Loading />;
  const all = data.pages.flatMap(({ items }) => items);
  if (all.length === 0) return <p class="soft">{m.me.none}</p>;
  const closed = all.filter((each) => !isOpen(each));
  const open = all.filter(isOpen);
  return (
    <>
      {open.length === 0 ? (
        <p class="soft">{m.me.noneOpen}</p>
      ) : (
        <Group name={m.me.open} items={open} card={card} />
      )}
      {closed.length > 0 && <Group name={m.me.closed} items={closed} card={card} />}
      <More pages={pages} />
    </>
  );
}

function Group({ name, items, card }: { name: string; items: readonly Reservation[]; card: string }) {
  return (
    <section class="stack">
      <h2>{name}</h2>
      <ul role="list" class="stack" aria-label={name}>
        {items.map((each) => (
          <Item key={`${each.bookId} ${each.reservationId}`} reservation={each} card={card} />
        ))}
      </ul>
    </section>
  );
}

function Item({ reservation, card }: { reservation: Reservation; card: string }) {
  const { bookId, status, suspended, reservedAt } = reservation;
  const { data: book } = useBook(bookId);
  const queries = useQueryClient();
  const id = useId();
  const look = async ({ position, reservationId }: Receipt) => {
    const params = { path: { bookId, reservationId }, query: { after: position } };
    await call(api.GET('/v1/books/{bookId}/reservations/{reservationId}', { params })).catch(() => undefined);
    await queries.invalidateQueries({ queryKey: ['user', card] });
  };
  const order = useOrder((receipt) => void look(receipt));
  const button = (act: Act, name: string) => (
    <button
      type="button"
      aria-describedby={id}
      aria-disabled={order.isPending}
      onClick={() => order.mutate({ act, bookId, card, reservationId: reservation.reservationId ?? '' })}
    >
      {name}
    </button>
  );
  return (
    <li class="card">
      <div class="stack">
        <Link id={id} href={bookPath(bookId)}>
          {book?.title ?? bookId}
        </Link>
        <p class={`notice ${toneOf(status)}`}>{reservationText(reservation)}</p>
        <p class="soft small">{text(m.me.made, { time: formatTime(reservedAt) })}</p>
      </div>
      <Refusal error={order.error} />
      {isOpen(reservation) && (
        <div class="row">
          {button('cancel', m.book.cancel)}
          {status === 'waiting' &&
            (suspended ? button('resume', m.book.resume) : button('suspend', m.book.suspend))}
        </div>
      )}
    </li>
  );
}

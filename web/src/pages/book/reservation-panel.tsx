import { useState } from 'preact/hooks';
import { useCaller } from '../../api/caller';
import { isOpen, type Act } from '../../api/reservations';
import { useSession } from '../../api/session';
import { m, text } from '../../i18n/i18n';
import { Refusal } from '../../ui/refusal';
import { reservationText, toneOf } from '../../ui/reservation-text';
import { useReservation } from './use-reservation';

/** Reserve, what it came to, and what can be done with it. */
export function ReservationPanel({ bookId }: { bookId: string }) {
  const { card } = useSession();
  const { caller } = useCaller();
  const { receipt, reservation, isAway, order } = useReservation(bookId, card);
  const [asksForCard, setAsksForCard] = useState(false);
  const isPending = receipt !== undefined && reservation === undefined;
  const reservationId = reservation?.reservationId ?? receipt?.reservationId;
  const hasOpen = reservation ? isOpen(reservation) : isPending;
  const act = (what: Act) => {
    setAsksForCard(card === '');
    if (card === '' || order.isPending) return;
    order.mutate({
      act: what,
      bookId,
      card,
      ...(what !== 'reserve' && reservationId && { reservationId }),
    });
  };
  if (caller?.role === 'analyst') return <p class="soft">{m.book.notForYou}</p>;
  const button = (what: Act, name: string, kind = '') => (
    <button type="button" class={kind} aria-disabled={order.isPending} onClick={() => act(what)}>
      {name}
    </button>
  );
  return (
    <section class="card" aria-label={m.book.status}>
      <div role="status" class={statusClass(reservation && toneOf(reservation.status), receipt)}>
        {receipt && (
          <p>
            {text(m.book.acceptedAt, {
              position: text(m.common.position, { position: receipt.position }),
            })}
          </p>
        )}
        {isPending && <p>{isAway ? m.book.away : m.book.pending}</p>}
        {reservation && (
          <p>
            <strong>{reservationText(reservation)}</strong>
          </p>
        )}
      </div>
      {asksForCard && card === '' && (
        <p class="notice wait" role="alert">
          {m.book.needsCard}
        </p>
      )}
      <Refusal error={order.error} />
      <div class="row">
        {!hasOpen && button('reserve', m.book.reserve, 'main')}
        {hasOpen && button('cancel', m.book.cancel)}
        {reservation?.status === 'waiting' &&
          (reservation.suspended ? button('resume', m.book.resume) : button('suspend', m.book.suspend))}
      </div>
    </section>
  );
}

function statusClass(tone: string | undefined, receipt: object | undefined): string {
  return tone === undefined && !receipt ? 'nothing' : `notice ${tone ?? 'wait'}`;
}

import type { Reservation } from '../api/client';
import { explain, formatTime, m, text } from '../i18n/i18n';

/** What a reservation has come to, in a sentence. */
export function reservationText(reservation: Reservation): string {
  const { status, pickupBy, queuePosition, queueLength, suspended, rejection } = reservation;
  switch (status) {
    case 'ready':
      return text(m.book.ready, { time: pickupBy === null ? '' : formatTime(pickupBy) });
    case 'waiting': {
      const place = text(m.book.place, { place: queuePosition ?? queueLength, of: queueLength });
      return suspended ? `${place}. ${m.book.suspended}` : place;
    }
    case 'fulfilled':
      return m.book.fulfilled;
    case 'cancelled':
      return m.book.cancelled;
    case 'expired':
      return m.book.expired;
    case 'rejected':
      return text(m.book.rejected, { why: explain(rejection?.code ?? '', rejection?.detail) });
  }
}

/** How it looks. */
export function toneOf(status: Reservation['status']): 'good' | 'wait' | 'bad' | '' {
  if (status === 'ready' || status === 'fulfilled') return 'good';
  if (status === 'waiting') return 'wait';
  return status === 'rejected' || status === 'expired' ? 'bad' : '';
}

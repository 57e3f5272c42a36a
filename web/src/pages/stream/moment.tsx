import { formatNumber, m, text } from '../../i18n/i18n';
import { nameOf } from '../../replay/event-text';
import type { Moment } from '../../replay/replay';

/** So many of a queue are drawn. */
const DRAWN = 30;

/** The copies of a book and who waits for one, at one time. */
export function MomentView({ moment: { copies, queue } }: { moment: Moment }) {
  return (
    <div class="moment">
      <section>
        <h3>{text(m.stream.copies, { count: copies.length })}</h3>
        <ul role="list" class="tiles" aria-label={m.book.copies}>
          {copies.map(({ copyId, status, userId }) => (
            <li key={copyId} class={`tile ${status}`}>
              <span class="code">{copyId}</span>
              <strong>{m.book.copyStatus[status]}</strong>
              {userId !== null && <span>{nameOf(userId)}</span>}
            </li>
          ))}
          {copies.length === 0 && <li class="soft">{m.stream.noCopies}</li>}
        </ul>
      </section>
      <section>
        <h3>{text(m.stream.queue, { count: queue.length })}</h3>
        <ol role="list" class="tiles" aria-label={m.book.queue}>
          {queue.slice(0, DRAWN).map(({ reservationId, userId, suspended }, i) => (
            <li key={reservationId} class={`tile waiting ${suspended ? 'suspended' : ''}`}>
              <strong>{formatNumber(i + 1)}</strong>
              <span>{nameOf(userId)}</span>
              {suspended && <span class="small">{m.stream.suspended}</span>}
            </li>
          ))}
          {queue.length > DRAWN && (
            <li class="soft">{text(m.stream.andMore, { count: queue.length - DRAWN })}</li>
          )}
          {queue.length === 0 && <li class="soft">{m.stream.noQueue}</li>}
        </ol>
      </section>
    </div>
  );
}

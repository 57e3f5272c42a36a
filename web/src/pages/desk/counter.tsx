import { useId, useRef, useState } from 'preact/hooks';
import { ApiError } from '../../api/client';
import { explain, m, text } from '../../i18n/i18n';
import { ChosenBook } from './chosen-book';
import { useDesk, type DeskAct, type DeskAnswer, type DeskOrder } from './use-desk';

/** What is on the counter: typed, scanned or taken from a list. */
export interface Slip {
  readonly book: string;
  readonly copy: string;
  readonly reader: string;
}

type FieldName = keyof Slip;

const ID = '[A-Za-z0-9._~\\-]{1,64}';
const NEEDS: Readonly<Record<DeskAct, readonly FieldName[]>> = {
  lend: ['book', 'copy', 'reader'],
  takeBack: ['book', 'copy'],
  add: ['book', 'copy'],
  withdraw: ['book', 'copy'],
};

interface Props {
  readonly slip: Slip;
  readonly onSlip: (slip: Slip) => void;
  /** That of the slip, once nobody types any more. */
  readonly bookId: string;
}

/** The counter: three fields and what can be done with them. A scanner that ends with Enter goes from field to field. */
export function Counter({ slip, onSlip, bookId }: Props) {
  const order = useDesk();
  const form = useRef<HTMLFormElement>(null);
  const [missing, setMissing] = useState<FieldName | undefined>();
  const act = (what: DeskAct) => {
    if (order.isPending) return;
    const empty = NEEDS[what].find((name) => slip[name].trim() === '');
    setMissing(empty);
    if (empty) {
      form.current?.querySelector<HTMLInputElement>(`[name=${empty}]`)?.focus();
      order.reset();
      return;
    }
    const [book, copyId, reader] = [slip.book.trim(), slip.copy.trim(), slip.reader.trim()];
    order.mutate({ act: what, bookId: book, copyId, userId: what === 'lend' ? reader : '' });
  };
  const button = (what: DeskAct) => (
    <button type="button" aria-disabled={order.isPending} onClick={() => act(what)}>
      {m.desk.acts[what]}
    </button>
  );
  const field = (name: FieldName, label: string) => (
    <Field
      name={name}
      label={label}
      value={slip[name]}
      isMissing={missing === name && slip[name] === ''}
      onValue={(value) => onSlip({ ...slip, [name]: value })}
    />
  );
  return (
    <form
      ref={form}
      class="card"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        act('lend');
      }}
    >
      <div class="slip">
        {field('book', m.desk.book)}
        {field('copy', m.desk.copy)}
        {field('reader', m.desk.reader)}
      </div>
      <ChosenBook
        bookId={bookId}
        onBook={(book) => onSlip({ ...slip, book, copy: '' })}
        onCopy={(copy) => onSlip({ ...slip, copy })}
      />
      <div class="row">
        <button type="submit" class="main" aria-disabled={order.isPending}>
          {m.desk.acts.lend}
        </button>
        {button('takeBack')}
        {button('add')}
        {button('withdraw')}
      </div>
      <Said missing={missing && slip[missing] === '' ? missing : undefined} order={order} />
    </form>
  );
}

interface FieldProps {
  readonly name: FieldName;
  readonly label: string;
  readonly value: string;
  readonly isMissing: boolean;
  readonly onValue: (value: string) => void;
}

function Field({ name, label, value, isMissing, onValue }: FieldProps) {
  const id = useId();
  return (
    <div>
      <label for={id}>{label}</label>
      <input
        id={id}
        name={name}
        value={value}
        pattern={ID}
        aria-invalid={isMissing}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
    </div>
  );
}

/** What became of the last order. */
function Said({ missing, order }: { missing: FieldName | undefined; order: ReturnType<typeof useDesk> }) {
  const { data, error, isPending, variables } = order;
  const why = error instanceof ApiError ? explain(error.code, error.detail) : m.errors['internal-error'];
  const isRefused = error instanceof ApiError && error.status === 409;
  return (
    <>
      <div
        role="status"
        class={
          data && !missing
            ? `notice ${'status' in data && data.status === 'accepted' ? 'wait' : 'good'}`
            : 'nothing'
        }
      >
        {isPending && <p>{m.desk.sending}</p>}
        {!missing && data && variables && <p>{sentenceOf(variables, data)}</p>}
      </div>
      {missing && (
        <p class="notice wait" role="alert">
          {m.desk.missing[missing]}
        </p>
      )}
      {error && !isPending && (
        <p class="notice bad" role="alert">
          {isRefused ? text(m.desk.refused, { why }) : why}
        </p>
      )}
    </>
  );
}

function sentenceOf({ act, copyId, userId }: DeskOrder, answer: DeskAnswer): string {
  if ('position' in answer) {
    const position = text(m.common.position, { position: answer.position });
    return text(m.desk.accepted, { position });
  }
  if (act === 'lend') return text(m.desk.lent, { copy: copyId, user: userId });
  if (act === 'withdraw') return text(m.desk.withdrawn, { copy: copyId });
  const words = act === 'add' ? m.desk.added : m.desk.takenBack;
  if (answer.status !== 'reserved') return text(words.shelf, { copy: copyId });
  return text(words.setAside, { copy: copyId, user: answer.userId ?? '' });
}

import { useId, useState } from 'preact/hooks';
import { useCaller } from '../api/caller';
import { authMode, changeSession, useSession } from '../api/session';
import { explain, m, text } from '../i18n/i18n';
import { ApiError } from '../api/client';

/** What an ID may be made of. */
const ID = '[A-Za-z0-9._~\\-]{1,64}';

/** Who sits before the page: the card, and where callers authenticate, the token. */
export function Who() {
  const { caller } = useCaller();
  const actsForOthers = authMode === 'none' || caller?.role === 'staff';
  return (
    <div class="who">
      {actsForOthers && <CardField />}
      {authMode !== 'none' && <TokenField />}
    </div>
  );
}

function CardField() {
  const { card } = useSession();
  const id = useId();
  return (
    <div title={m.common.cardHint}>
      <label for={id}>{m.common.card}</label>
      <input
        id={id}
        value={card}
        pattern={ID}
        autocomplete="off"
        spellcheck={false}
        autocapitalize="none"
        onInput={(event) => changeSession({ card: event.currentTarget.value.trim() })}
      />
    </div>
  );
}

function TokenField() {
  const { token } = useSession();
  const { caller, error } = useCaller();
  const [draft, setDraft] = useState('');
  const id = useId();
  const hint = useId();
  if (token && caller)
    return (
      <div class="row">
        <span>{text(m.common.who, { name: caller.name ?? '', role: m.common.roles[caller.role] })}</span>
        <button type="button" onClick={() => changeSession({ token: '', card: '' })}>
          {m.common.signOut}
        </button>
      </div>
    );
  return (
    <form
      class="who"
      onSubmit={(event) => {
        event.preventDefault();
        changeSession({ token: draft.trim() });
        setDraft('');
      }}
    >
      <div>
        <label for={id}>{m.common.token}</label>
        <input
          id={id}
          value={draft}
          aria-describedby={hint}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => setDraft(event.currentTarget.value)}
        />
        <p id={hint} class="small soft">
          {error instanceof ApiError
            ? explain(error.code, error.detail)
            : m.common.tokenHint[authMode === 'jwt' ? 'jwt' : 'tokens']}
        </p>
      </div>
      <button type="submit" disabled={draft.trim() === ''}>
        {m.common.signIn}
      </button>
    </form>
  );
}

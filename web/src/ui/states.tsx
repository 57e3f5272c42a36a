import { ApiError } from '../api/client';
import { authMode, useSession } from '../api/session';
import { explain, m } from '../i18n/i18n';

/** While something is awaited for the first time. */
export function Loading() {
  return (
    <p class="soft" aria-busy="true">
      {m.common.loading}
    </p>
  );
}

/** What went wrong, in words, with a button to try it again. */
export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const { token } = useSession();
  const isSignedOut = authMode !== 'none' && !token;
  const why = error instanceof ApiError ? explain(error.code, error.detail) : m.errors['internal-error'];
  return (
    <div class="notice bad row" role="alert">
      <p>{isSignedOut ? m.common.signInFirst : `${m.common.failed} ${why}`}</p>
      {retry && !isSignedOut && (
        <button type="button" onClick={retry}>
          {m.common.retry}
        </button>
      )}
    </div>
  );
}

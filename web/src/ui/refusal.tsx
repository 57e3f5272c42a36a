import { ApiError } from '../api/client';
import { explain, m } from '../i18n/i18n';

/** Why a write failed, in words; nothing while none did. */
export function Refusal({ error }: { error: Error | null }) {
  if (!error) return null;
  return (
    <p class="notice bad" role="alert">
      {error instanceof ApiError ? explain(error.code, error.detail) : m.errors['internal-error']}
    </p>
  );
}

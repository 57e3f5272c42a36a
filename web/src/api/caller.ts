import { useQuery } from '@tanstack/preact-query';
import { useEffect } from 'preact/hooks';
import { api, call } from './client';
import { authMode, changeSession, currentSession, useSession } from './session';

/**
 * Who the API takes the page for; undefined until it is known, and where a token is missing or not valid. A patron's card is
 * their own from then on.
 */
export function useCaller() {
  const { token } = useSession();
  const { data, error } = useQuery({
    queryKey: ['caller', token],
    queryFn: () => call(api.GET('/v1/me')),
    enabled: authMode === 'none' || token !== '',
    staleTime: Infinity,
  });
  useEffect(() => {
    if (data?.role === 'patron' && data.name && currentSession().card !== data.name)
      changeSession({ card: data.name });
  }, [data]);
  return { caller: data, error };
}

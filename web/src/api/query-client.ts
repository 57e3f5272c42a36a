import { QueryClient } from '@tanstack/preact-query';
import { ApiError } from './client';

/** What may be different a moment later. */
const isPassing = (error: Error) =>
  error instanceof ApiError && (error.status === 0 || error.status >= 500 || error.status === 429);

/** Reads are tried again while the API or its database is away; what is refused stays refused. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => isPassing(error) && failures < 2,
      retryDelay: (failures) => Math.min(500 * 2 ** failures, 5_000),
      staleTime: 2_000,
      // Away is not for ever: whatever failed is asked again.
      refetchInterval: ({ state }) => (state.error && isPassing(state.error) ? 3_000 : false),
      networkMode: 'always',
    },
    mutations: { networkMode: 'always' },
  },
});

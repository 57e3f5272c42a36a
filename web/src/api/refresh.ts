import { useQueryClient } from '@tanstack/preact-query';
import { useEffect, useRef } from 'preact/hooks';
import { useLive, type LiveOptions } from './live';

/** However much happens, queries are asked again only so often, in milliseconds. */
const AT_MOST_EVERY = 500;

/**
 * Asks queries again when live outcomes come.
 * @param keys the beginnings of their keys
 * @returns whether the stream is connected
 */
export function useRefreshed(options: LiveOptions | null, ...keys: readonly string[]): boolean {
  const queries = useQueryClient();
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return useLive(options, () => {
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      for (const key of keys) void queries.invalidateQueries({ queryKey: [key] });
    }, AT_MOST_EVERY);
  });
}

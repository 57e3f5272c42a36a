import { useQuery } from '@tanstack/preact-query';
import { useRef } from 'preact/hooks';
import { useCaller } from './caller';
import { api, call, type Schemas } from './client';
import { useSession } from './session';

export type Consumer = Schemas['Consumer'];

/** How often they are looked at, in milliseconds. */
const LOOK_AGAIN = 2_000;

/** Whether the caller may see how the platform itself is: staff, analysts, and everybody where nobody signs in. */
export function useMayOperate(): boolean | undefined {
  const { caller } = useCaller();
  return caller && caller.role !== 'patron';
}

/** How far each consumer is behind. Asked for as long as somebody looks. */
export function useConsumers() {
  const { token } = useSession();
  const mayOperate = useMayOperate();
  return useQuery({
    queryKey: ['consumers', token],
    queryFn: async () => ({ items: (await call(api.GET('/v1/consumers'))).items, at: performance.now() }),
    enabled: mayOperate === true,
    refetchInterval: LOOK_AGAIN,
    staleTime: 0,
  });
}

/** The topic that a consumer reads, by its end. */
const endOf = (items: readonly Consumer[], name: string) =>
  items.find(({ consumer }) => consumer === name)?.end;

/**
 * How many records a second were added to the topic that a consumer reads, from one look to the next.
 * @returns undefined until there have been two looks
 */
export function useRate(consumer: string): number | undefined {
  const { data } = useConsumers();
  const seen = useRef<{ at: number; end: number; rate: number | undefined } | undefined>(undefined);
  const end = data && endOf(data.items, consumer);
  const last = seen.current;
  if (data && end !== undefined && last?.at !== data.at) {
    const rate = last && Math.max(0, (end - last.end) / ((data.at - last.at) / 1_000));
    seen.current = { at: data.at, end, rate };
  }
  return seen.current?.rate;
}

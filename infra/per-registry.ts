import type { Registry } from 'prom-client';

/**
 * Makes something once for each registry of metrics, and gives the same one afterwards: a registry takes a metric once, and a
 * part of a process that is started again, or that there are several of, goes on with it.
 * @param create is given the arguments of the first call
 */
export function perRegistry<T, A extends readonly unknown[]>(
  create: (registry: Registry, ...more: A) => T,
): (registry: Registry, ...more: A) => T {
  const made = new WeakMap<Registry, { readonly value: T }>();
  return (registry, ...more) => {
    let known = made.get(registry);
    if (!known) made.set(registry, (known = { value: create(registry, ...more) }));
    return known.value;
  };
}

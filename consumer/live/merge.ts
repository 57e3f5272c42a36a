import type { Frame } from './frame';

const isBefore = (a: Frame, b: Frame) => a.timestamp < b.timestamp;

/**
 * Merges partitions by the timestamps of their records. The order within a partition is kept, even if its clock went
 * back.
 */
export function mergeSorted(parts: readonly (readonly Frame[])[]): Frame[] {
  const filled = parts.filter(({ length }) => length > 0);
  if (filled.length <= 1) return [...(filled[0] ?? [])];
  const heads = filled.map(() => 0);
  const merged: Frame[] = [];
  for (;;) {
    let first = -1;
    filled.forEach((part, i) => {
      const head = part[heads[i]!];
      if (head && (first < 0 || isBefore(head, filled[first]![heads[first]!]!))) first = i;
    });
    if (first < 0) return merged;
    merged.push(filled[first]![heads[first]!++]!);
  }
}

/** As `mergeSorted`, for partitions that are being read: holds one frame of each at a time. */
export async function* mergeStreams(parts: readonly AsyncGenerator<Frame>[]): AsyncGenerator<Frame> {
  try {
    const heads = await Promise.all(parts.map((part) => part.next()));
    for (;;) {
      let first = -1;
      heads.forEach((head, i) => {
        if (!head.done && (first < 0 || isBefore(head.value, heads[first]!.value as Frame))) first = i;
      });
      if (first < 0) return;
      yield heads[first]!.value as Frame;
      heads[first] = await parts[first]!.next();
    }
  } finally {
    await Promise.allSettled(parts.map((part) => part.return(undefined)));
  }
}

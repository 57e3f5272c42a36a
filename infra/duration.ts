const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * Parses a duration: a number with `ms`, `s`, `m`, `h` or `d`, for example `250ms`, `1.5h`, `7d`.
 * @returns whole milliseconds
 * @throws {RangeError} with what is accepted
 */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  if (!match)
    throw new RangeError(
      `"${text}" is not a duration: write a number with ms, s, m, h or d, such as 500ms or 7d`,
    );
  return Math.round(Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS]);
}

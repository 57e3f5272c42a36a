/** A metric in an expression, with the labels that it is asked for. */
export interface Mention {
  readonly metric: string;
  readonly labels: readonly string[];
}

const KEYWORDS = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'group_left',
  'group_right',
  'and',
  'or',
  'unless',
  'offset',
  'bool',
]);

/** What an expression of PromQL names: its metrics with their matchers, and the labels by which it sums or joins. */
export function namesIn(expr: string): {
  readonly metrics: readonly Mention[];
  readonly grouped: readonly string[];
} {
  const bare = expr.replace(/"[^"]*"|'[^']*'/g, '""').replace(/\[[^\]]*\]/g, '');
  const grouped: string[] = [];
  const rest = bare.replace(/\b(by|without|on|ignoring)\s*\(([^)]*)\)/g, (_, _word, list: string) => {
    grouped.push(
      ...list
        .split(',')
        .map((label) => label.trim())
        .filter(Boolean),
    );
    return ' ';
  });
  const metrics = [...rest.matchAll(/([a-zA-Z_:][\w:]*)\s*(\(|\{([^}]*)\})?/g)]
    .filter(([, name, after]) => after !== '(' && !KEYWORDS.has(name!))
    // Numbers such as 340e6, and durations such as 1h.
    .filter(({ index }) => !/[\d.]/.test(rest[index - 1] ?? ''))
    .map(([, metric, , matchers = '']) => ({
      metric: metric!,
      labels: matchers
        .split(',')
        .map((each) => /^\s*(\w+)/.exec(each)?.[1] ?? '')
        .filter(Boolean),
    }));
  return { metrics, grouped };
}

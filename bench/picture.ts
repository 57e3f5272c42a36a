import { framed } from '../consumer/analysis/formats/svg-frame';
import { holds, show, type Measure } from './result';
import { spreadOf } from './statistics';

const WIDTH = 1_100;
const [HEAD, ROW, FOOT] = [64, 26, 40];
const LETTER = 7;
/** Beyond so many times the aim a bar says no more. */
const LONGEST = 3;
const [REACHED, SHORT] = ['#5aa469', '#e8923a'];

/** A measure that has an aim. */
interface Bar {
  readonly label: string;
  /** 1: just what is aimed at; more is better. */
  readonly reached: number;
  readonly text: string;
  readonly color: string;
}

/**
 * How far each figure is from its aim, as a picture: bars that reach 1, or do not.
 * @returns SVG; figures without an aim are left out
 */
export function picture(measures: readonly Measure[], title: string): Promise<string> {
  const bars = measures.flatMap(barOf);
  const shared = { y: 'label', x: ({ reached }: Bar) => Math.min(LONGEST, reached) };
  return framed({ title, width: WIDTH, head: HEAD }, (Plot) => ({
    ...{ height: ROW * bars.length + FOOT, marginTop: 0, marginBottom: FOOT },
    ...{ marginLeft: 24 + LETTER * Math.max(...bars.map(({ label }) => label.length)), marginRight: 150 },
    x: { domain: [0, LONGEST], label: 'times what is aimed at', grid: true },
    y: { label: null, domain: bars.map(({ label }) => label), padding: 0.25 },
    marks: [
      Plot.barX(bars, { ...shared, fill: 'color' }),
      Plot.text(bars, { ...shared, text: 'text', textAnchor: 'start', dx: 5 }),
      Plot.ruleX([1], { stroke: '#333', strokeDasharray: '3 3' }),
    ],
  }));
}

function barOf(measure: Measure): Bar[] {
  const { name, unit, values, limit } = measure;
  if (!limit) return [];
  const { median } = spreadOf(values);
  const isLeast = 'atLeast' in limit;
  const aim = isLeast ? limit.atLeast : limit.atMost;
  const withUnit = (text: string) => (unit === '' ? text : `${text} ${unit}`);
  return [
    {
      label: name,
      reached: isLeast ? median / aim : aim / median,
      text: `${withUnit(show(median))} (${isLeast ? '≥' : '≤'} ${aim})`,
      color: holds(measure) ? REACHED : SHORT,
    },
  ];
}

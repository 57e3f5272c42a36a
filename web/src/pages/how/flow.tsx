import { m, text } from '../../i18n/i18n';

/** The numbers in the picture, as they are shown. */
export interface Figures {
  /** Events a second. */
  readonly writes: string;
  /** On the topic. */
  readonly events: string;
  /** Outcomes a second. */
  readonly outcomes: string;
  readonly published: string;
  readonly lags: { readonly availability: string; readonly demand: string; readonly notices: string };
  /** Whether something moves at the moment. */
  readonly flows: { readonly writes: boolean; readonly outcomes: boolean };
}

interface BoxProps {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly title: string;
  readonly line?: string;
  readonly kind?: 'topic' | 'store' | '';
}

const HEIGHT = 48;

function Box({ x, y, width, title, line, kind = '' }: BoxProps) {
  const middle = x + width / 2;
  return (
    <g class={`box ${kind}`}>
      <rect x={x} y={y} width={width} height={HEIGHT} rx={kind === 'store' ? 14 : 6} />
      <text x={middle} y={y + (line === undefined ? 29 : 20)} class="name">
        {title}
      </text>
      {line !== undefined && (
        <text x={middle} y={y + 37} class="line">
          {line}
        </text>
      )}
    </g>
  );
}

function Arrow({ path, moves = false }: { path: string; moves?: boolean }) {
  return <path class={`arrow ${moves ? 'moves' : ''}`} d={path} marker-end="url(#tip)" />;
}

function Label({ x, y, words, at = 'start' }: { x: number; y: number; words: string; at?: 'start' | 'end' }) {
  return (
    <text x={x} y={y} class={`label ${at}`}>
      {words}
    </text>
  );
}

/** The flow picture of the README, with what happens now on its arrows. What it shows is said beside it in words. */
export function Flow({
  figures: { writes, events, outcomes, published, lags, flows },
}: {
  figures: Figures;
}) {
  const lag = (records: string) => text(m.how.lag, { lag: records });
  return (
    <svg class="flow" viewBox="0 0 360 560" role="img" aria-label={m.how.picture}>
      <defs>
        <marker id="tip" viewBox="0 0 8 8" refX={7} refY={4} markerWidth={7} markerHeight={7} orient="auto">
          <path d="M0 0 8 4 0 8z" />
        </marker>
      </defs>
      <Box x={70} y={4} width={150} title={m.how.people} />
      <Arrow path="M125 52V100" moves={flows.writes} />
      <Label x={117} y={80} words={text(m.how.perSecond, { rate: writes })} at="end" />
      <Arrow path="M165 100V56" />
      <Label x={173} y={80} words={m.how.receipt} />
      <Box x={70} y={104} width={150} title={m.how.api} />

      <Arrow path="M125 152V200" moves={flows.writes} />
      <Label x={117} y={180} words={m.how.acks} at="end" />
      <Box
        x={10}
        y={204}
        width={260}
        title="library.reservations"
        line={text(m.how.records, { count: events })}
        kind="topic"
      />

      <Arrow path="M70 252V300" moves={flows.writes} />
      <Arrow path="M180 252V300" moves={flows.writes} />
      <Box x={10} y={304} width={125} title="availability" line={lag(lags.availability)} />
      <Box x={145} y={304} width={125} title="demand" line={lag(lags.demand)} />

      <Arrow path="M70 352V392" moves={flows.writes} />
      <Arrow path="M180 352V392" moves={flows.writes} />
      <Box x={10} y={396} width={260} title="Postgres" line={m.how.views} kind="store" />
      <Arrow path="M270 432H330V128H224" />
      <Label x={322} y={112} words={m.how.reads} at="end" />

      <Arrow path="M70 444V496" moves={flows.outcomes} />
      <Label x={78} y={474} words={text(m.how.perSecond, { rate: outcomes })} />
      <Box
        x={10}
        y={500}
        width={160}
        title="library.outcomes"
        line={text(m.how.records, { count: published })}
        kind="topic"
      />
      <Arrow path="M170 524H206" moves={flows.outcomes} />
      <Box x={210} y={500} width={110} title="notices" line={lag(lags.notices)} />

      <Arrow path="M270 408H296V228H274" />
      <Label x={292} y={272} words={m.how.policies} at="end" />
    </svg>
  );
}

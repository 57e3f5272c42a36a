import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { OUTCOME_TYPES } from '../../api/live';
import { formatNumber, language } from '../../i18n/i18n';

const HEIGHT = 200;
const clock = new Intl.DateTimeFormat(language, { hour: '2-digit', minute: '2-digit', second: '2-digit' });

/** A canvas knows no custom properties: the colours are those that elements of these classes have. */
function coloursIn(host: HTMLElement) {
  const colourOf = (name: string) => {
    const element = host.appendChild(document.createElement('i'));
    element.className = name;
    const { color } = getComputedStyle(element);
    element.remove();
    return color;
  };
  return {
    series: OUTCOME_TYPES.map((_, i) => colourOf(`series-${i}`)),
    text: colourOf('soft'),
    grid: colourOf('grid'),
  };
}

function plotIn(host: HTMLElement, columns: number[][]): uPlot {
  const { series, text, grid } = coloursIn(host);
  const axis = { stroke: text, grid: { stroke: grid, width: 1 }, ticks: { show: false } };
  return new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT,
      legend: { show: false },
      cursor: { show: false },
      scales: { y: { range: (_plot, _min, max) => [0, Math.max(1, max)] } },
      axes: [
        { ...axis, space: 90, values: (_plot, times) => times.map((time) => clock.format(time * 1_000)) },
        {
          ...axis,
          size: 40,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000],
          values: (_plot, values) => values.map(formatNumber),
        },
      ],
      series: [{}, ...series.map((stroke) => ({ stroke, width: 2, points: { show: false } }))],
    },
    columns as uPlot.AlignedData,
    host,
  );
}

/** Lines over time, one for each type. @param columns seconds since the epoch, then the values of each line */
export function Chart({ columns }: { columns: number[][] }) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | undefined>(undefined);
  const latest = useRef(columns);
  latest.current = columns;
  useEffect(() => {
    const element = host.current!;
    const draw = () => {
      plot.current?.destroy();
      plot.current = plotIn(element, latest.current);
    };
    draw();
    const dark = matchMedia('(prefers-color-scheme: dark)');
    dark.addEventListener('change', draw);
    const watch = new ResizeObserver(() =>
      plot.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    watch.observe(element);
    return () => {
      dark.removeEventListener('change', draw);
      watch.disconnect();
      plot.current?.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData(columns as uPlot.AlignedData), [columns]);
  return <div ref={host} class="chart" />;
}

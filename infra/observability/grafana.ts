/** Writes the dashboards for Grafana; with `--check` it only reports whether they are up to date. */
import { join } from 'node:path';
import { projectRoot } from '../local/run';
import { makePage } from '../made-page';
import type { Dashboard, Panel } from './dashboards/panel';
import { PROCESSES } from './dashboards/processes';
import { VIEWS } from './dashboards/views';
import { WRITES } from './dashboards/writes';

export const DASHBOARDS: readonly Dashboard[] = [WRITES, VIEWS, PROCESSES];

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };
const [WIDTH, HEIGHT, COLUMNS] = [12, 8, 2];

function panelOf({ title, about, unit, queries, isFigure = false }: Panel, i: number): object {
  return {
    id: i + 1,
    type: isFigure ? 'stat' : 'timeseries',
    title,
    description: about,
    datasource: DATASOURCE,
    gridPos: { x: (i % COLUMNS) * WIDTH, y: Math.floor(i / COLUMNS) * HEIGHT, w: WIDTH, h: HEIGHT },
    fieldConfig: { defaults: { unit, min: 0 }, overrides: [] },
    targets: queries.map(({ expr, legend }, n) => ({
      refId: String.fromCharCode(65 + n),
      datasource: DATASOURCE,
      expr,
      legendFormat: legend,
    })),
  };
}

/** A dashboard as Grafana takes it. */
export function grafanaOf({ uid, title, panels }: Dashboard): object {
  return {
    uid,
    title,
    tags: ['library'],
    schemaVersion: 39,
    editable: false,
    time: { from: 'now-1h', to: 'now' },
    refresh: '30s',
    templating: {
      list: [{ name: 'datasource', type: 'datasource', query: 'prometheus', label: 'Prometheus' }],
    },
    panels: panels.map(panelOf),
  };
}

export const fileOf = ({ uid }: Dashboard) =>
  join(projectRoot(), 'infra', 'observability', 'grafana', `${uid}.json`);

/** The text of its file. */
export const textOf = (dashboard: Dashboard) => `${JSON.stringify(grafanaOf(dashboard), null, 2)}\n`;

if (require.main === module) {
  for (const dashboard of DASHBOARDS)
    makePage(fileOf(dashboard), textOf(dashboard), 'infra/observability/dashboards');
}

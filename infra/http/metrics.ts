import { Histogram, type Registry } from 'prom-client';

/** Records the duration of a request. */
export type Observe = (status: number, seconds: number) => void;

/** The metrics of HTTP. Routes are labelled by template, so there are at most routes times statuses many series. */
export interface HttpMetrics {
  forRoute(method: string, route: string): Observe;
}

const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

export function createHttpMetrics(registry: Registry): HttpMetrics {
  const histogram = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'How long requests took, by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
    registers: [registry],
  });
  return {
    forRoute(method, route) {
      const children = new Map<number, { observe(seconds: number): void }>();
      return (status, seconds) => {
        let child = children.get(status);
        if (!child) children.set(status, (child = histogram.labels(method, route, String(status))));
        child.observe(seconds);
      };
    },
  };
}

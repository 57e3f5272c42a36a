import { serverUrl } from '../config';

/** The variables of traces: `docs/traces.md`. The rest of `OTEL_…` is read by OpenTelemetry itself. */
export const tracingEnvironment = {
  /** A collector that takes OTLP over HTTP; absent: there are no spans, and nothing that makes them is loaded. */
  OTEL_EXPORTER_OTLP_ENDPOINT: serverUrl(['http', 'https'], 'http://127.0.0.1:4318').optional(),
};

import { serverUrl } from '../config';

/** The variables of traces: `docs/traces.md`. The rest of `OTEL_…` is read by OpenTelemetry itself. */
export const tracingEnvironment = {
  OTEL_EXPORTER_OTLP_ENDPOINT: serverUrl(['http', 'https'], 'http://127.0.0.1:4318')
    .optional()
    .describe(
      'a collector that takes OTLP over HTTP: [traces.md](traces.md); absent: there are no spans, and nothing that makes them is loaded',
    ),
};

/** Prints the OpenAPI document that the API serves, without any server: the page's types are made from it. */
import type { Pool } from 'pg';
import { deadLettersRoute } from '../../consumer/dead-letters/routes';
import { consumersRoute } from '../../consumer/projector/routes';
import { viewRoutes } from '../../consumer/all-routes';
import { liveRoutes, type LiveRoutesOptions } from '../../consumer/live/routes';
import { takingAfter } from '../../consumer/views/after';
import type { ReadGate } from '../../consumer/views/read-gate';
import type { RouteSources } from '../../consumer/views/view-routes';
import * as resources from '../../consumer/views/availability/resources';
import type { Log } from '../../infra/event-log/log';
import { openApiDocument } from '../../infra/http/openapi';
import { writeRoutes, type WriteOptions } from '../../producer/api/write-routes';
import { callerRoute } from '../../schemas/caller-route';
import { API_INFO } from './api-info';

/** Operations are described by what they are, and not by what they work with: nothing here is called. */
const nothing = {};

function main(): void {
  const routes = [
    ...writeRoutes({ resources, source: '', timeout: 0 } as unknown as WriteOptions),
    ...viewRoutes({ partitions: 1, watcherOf: () => nothing } as unknown as RouteSources),
    ...[
      ...liveRoutes(nothing as LiveRoutesOptions),
      consumersRoute(nothing as Log, nothing as Pool),
      deadLettersRoute(nothing as Pool),
      callerRoute(),
    ].map((route) => takingAfter(route, nothing as ReadGate)),
  ];
  const document = openApiDocument({ info: API_INFO, routes, pages: [], pageAccess: {}, secured: true });
  process.stdout.write(`${JSON.stringify(document)}\n`);
}

main();

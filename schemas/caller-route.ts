import { z } from 'zod';
import { ANONYMOUS, ANONYMOUS_ROLE } from '../infra/http/access';
import { defineRoute, type Route } from '../infra/http/route';
import { endpoint, ROLES } from './access';

const caller = z
  .object({
    role: z
      .enum([ANONYMOUS_ROLE, ...ROLES])
      .describe('`anonymous`: callers do not have to authenticate, and everybody may do everything'),
    name: z.string().nullable().describe('Of a patron: their userId. null for the anonymous'),
  })
  .meta({ id: 'Caller', examples: [{ role: 'patron', name: 'ishmael' }] });

/** Tells callers who they are to the API: what their credentials make of them. */
export function callerRoute(): Route {
  return defineRoute({
    ...endpoint('GET /v1/me'),
    operationId: 'getCaller',
    tag: 'Operations',
    summary: 'Who I am here, and in which role',
    params: z.object({}),
    query: z.object({}),
    responses: { 200: { description: 'The caller', schema: caller } },
    handle: ({ caller: { role, name } }) =>
      Promise.resolve({
        status: 200,
        body: role === ANONYMOUS.role ? { role, name: null } : { role, name },
      }),
  });
}

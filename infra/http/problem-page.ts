import type { Page } from './page';
import { Problem, problems, type ProblemKind } from './problem';

/** `/problems/{code}`: the URL in the `type` of a problem document. */
export function problemPage(more: readonly ProblemKind[]): Page {
  const kinds = new Map([...Object.values(problems), ...more].map((kind) => [kind.code, kind]));
  return {
    path: '/problems/{code}',
    respond(request, response) {
      const kind = kinds.get(String(request.params['code']));
      if (!kind) throw Problem.notFound('There is no problem with this code.');
      response.json({ type: `/problems/${kind.code}`, ...kind, documentation: '/docs' });
    },
  };
}

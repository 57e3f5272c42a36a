import { InvalidArgumentError } from 'commander';
import { viewOf, VIEWS, type ViewName } from '../../consumer/replay/view';
import { parseMoment } from '../../infra/moment';

/** Turns the errors of a parser into usage errors of the command line. */
export function withMessage<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(`${(error as Error).message}.`);
    }
  };
}

/** `@TIME`, as milliseconds since the epoch. */
export const atTime = withMessage((text) => parseMoment(text.replace(/^@/, '')));

/** A view, named by itself or by one of its tables. */
export const viewName = withMessage((text): ViewName => {
  const view = VIEWS.find(
    (name) => name === text || viewOf(name).tables.some((table) => table.name === text),
  );
  if (!view) throw new RangeError(`The views are ${VIEWS.join(', ')}`);
  return view;
});

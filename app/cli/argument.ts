import { InvalidArgumentError } from 'commander';
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

/** The same, for a time that has been: of what is to come nobody knows. */
export const atPastTime = withMessage((text) => {
  const time = atTime(text);
  if (time > Date.now()) throw new RangeError(`${new Date(time).toISOString()} is still to come`);
  return time;
});

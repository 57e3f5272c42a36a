import { findView, VIEW_NAMES } from '../../consumer/all-views';
import type { ViewDefinition } from '../../consumer/views/definition';
import { withMessage } from './argument';

/** A view, by its name or by that of one of its tables. */
export const viewArgument = withMessage((text): ViewDefinition => {
  const view = findView(({ name, tables }) => name === text || tables.some((table) => table.name === text));
  if (!view) throw new RangeError(`The views are ${VIEW_NAMES.join(', ')}`);
  return view;
});

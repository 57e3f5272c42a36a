import type { ComponentChildren } from 'preact';

interface Column {
  readonly heading: string;
  readonly isNumber?: boolean;
}

interface TableProps {
  /** Its accessible name. */
  readonly name: string;
  readonly columns: readonly Column[];
  /** What to say where there are no rows. */
  readonly none: string;
  readonly rows: readonly ComponentChildren[];
}

/** A table that scrolls sideways where the page is narrow, by the keyboard too. */
export function Table({ name, columns, none, rows }: TableProps) {
  return (
    <div class="scroll" role="group" aria-label={name} tabIndex={0}>
      <table aria-label={name}>
        <thead>
          <tr>
            {columns.map(({ heading, isNumber }) => (
              <th key={heading} scope="col" class={isNumber ? 'number' : undefined}>
                {heading}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows}
          {rows.length === 0 && (
            <tr>
              <td colSpan={columns.length} class="soft">
                {none}
              </td>
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}

import type * as Plots from '@observablehq/plot' with { 'resolution-mode': 'import' };
import { printable } from './results';

export interface Frame {
  readonly title: string;
  /** Of the whole; pixels. */
  readonly width: number;
  /** What the title takes, and what else stands above the plot; pixels. */
  readonly head: number;
  /** Elements beside the title. */
  readonly above?: readonly string[];
}

/**
 * A plot under its title, as a picture that stands alone.
 * @param shapeOf the plot without document, width and style; with its height
 * @returns SVG
 */
export async function framed(
  { title, width, head, above = [] }: Frame,
  shapeOf: (Plot: typeof Plots) => Plots.PlotOptions,
): Promise<string> {
  // Loaded when a picture is drawn: nothing else needs them.
  const [Plot, { parseHTML }] = await Promise.all([import('@observablehq/plot'), import('linkedom')]);
  const { document } = parseHTML('<!doctype html><html><body></body></html>');
  const shape = shapeOf(Plot);
  const height = head + shape.height!;
  const style = { background: 'none', fontSize: '12px' };
  const plot = Plot.plot({ document, width, style, ...shape });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" font-size="12" fill="#333" role="img">`,
    `<title>${escaped(title)}</title><rect width="100%" height="100%" fill="#fff"/>`,
    `<text x="16" y="26" font-size="17" font-weight="600">${escaped(title)}</text>`,
    ...above,
    `<g transform="translate(0 ${head})">${plot.outerHTML}</g>`,
    '</svg>\n',
  ].join('\n');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A text as it stands in XML. */
export const escaped = (text: string): string =>
  printable(text).replace(/[&<>"]/g, (character) => ENTITIES[character]!);

/** As many media ranges are looked at; browsers send fewer than ten. */
const MOST_RANGES = 50;

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';', MOST_RANGES).map((part) => part.trim().toLowerCase());
  const quality = parameters.find((parameter) => parameter.startsWith('q='));
  const value = quality === undefined ? 1 : Number(quality.slice(2));
  return { type, quality: Number.isNaN(value) ? 1 : value };
}

/**
 * Whether an `Accept` header accepts a media type (RFC 9110, 12.5.1): the most specific range that matches the type
 * decides, and `q=0` refuses it. Parameters such as `charset` are ignored: there is only one variant.
 */
export function accepts(header: string | undefined, mediaType: string): boolean {
  if (header === undefined || header.trim() === '' || header === '*/*' || header === mediaType) return true;
  const ranges = header.split(',', MOST_RANGES).map(parseRange);
  const group = `${mediaType.split('/')[0]}/*`;
  for (const wanted of [mediaType, group, '*/*']) {
    const range = ranges.find(({ type }) => type === wanted);
    if (range) return range.quality > 0;
  }
  return false;
}

/** As `accepts`, for JSON: a header that accepts only problem documents is taken to accept all JSON. */
export function acceptsJson(header: string | undefined): boolean {
  if (accepts(header, 'application/json')) return true;
  return header !== undefined && /application\/problem\+json/i.test(header)
    ? accepts(header, 'application/problem+json')
    : false;
}

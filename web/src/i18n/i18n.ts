import { de } from './de';
import { en, type Messages } from './en';

export type Language = 'en' | 'de';

/** A message with other words for one: `{count}` is the number. */
export interface Plural {
  readonly one: string;
  readonly other: string;
}

type Values = Readonly<Record<string, string | number>>;

const MESSAGES: Readonly<Record<Language, Messages>> = { en, de };

/** The server has chosen it by `Accept-Language`. */
export const language: Language = document.documentElement.lang === 'de' ? 'de' : 'en';

/** The messages in the language of the page: `text(m.book.place, { place: 1, of: 2 })`. */
export const m: Messages = MESSAGES[language];

const plurals = new Intl.PluralRules(language);

/** The message with its values in it. Of a plural, `count` decides the form. */
export function text(message: string | Plural, values: Values = {}): string {
  const chosen =
    typeof message === 'string'
      ? message
      : plurals.select(Number(values['count'])) === 'one'
        ? message.one
        : message.other;
  return chosen.replace(/\{(\w+)\}/g, (all, name: string) => {
    const value = values[name];
    return value === undefined ? all : typeof value === 'number' ? formatNumber(value) : value;
  });
}

const numbers = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
export const formatNumber = (value: number): string => numbers.format(value);

const times = new Intl.DateTimeFormat(language, {
  ...{ weekday: 'short', day: 'numeric', month: 'short', year: 'numeric' },
  ...{ hour: '2-digit', minute: '2-digit', timeZoneName: 'short' },
});

/** A moment for people, in their own time zone, which is named. @param time ISO 8601 */
export const formatTime = (time: string): string => times.format(new Date(time));

/** What an error code means, in words; unknown ones with the server's own sentence. */
export function explain(code: string, detail = ''): string {
  return (m.errors as Readonly<Record<string, string>>)[code] ?? (detail || m.errors['internal-error']);
}

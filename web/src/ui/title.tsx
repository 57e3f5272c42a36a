import { useEffect } from 'preact/hooks';
import { m } from '../i18n/i18n';

/** The one heading of the first level of a page; it is the title of the window too. */
export function Title({ text }: { text: string }) {
  useEffect(() => {
    document.title = `${text} · ${m.common.library}`;
  }, [text]);
  return <h1>{text}</h1>;
}

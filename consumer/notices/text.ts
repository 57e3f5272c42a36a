import { Eta } from 'eta';
import { MESSAGES, type Language } from './messages';
import type { Notice } from './notice';
import { HTML, TEXT } from './templates';

export interface NoticeText {
  /** One line. */
  readonly subject: string;
  readonly text: string;
}

/** How notices are written. */
export interface TextSettings {
  readonly language: Language;
  /** The IANA name of the time zone in which times are told. */
  readonly timeZone: string;
  /** Where the page is, without a slash at the end; undefined: notices link to nothing. */
  readonly pageUrl?: string | undefined;
  /** The template of the address that ends notices to a user, containing `{userId}`; undefined: there is none. */
  readonly unsubscribeUrl?: string | undefined;
}

const plain = new Eta({ autoEscape: false, autoTrim: false });
const escaped = new Eta({ autoEscape: true, autoTrim: false });
const asText = plain.compile(TEXT);
const asHtml = escaped.compile(HTML);

/** Writes notices for users. Pure functions of the notice: repeated deliveries have the same text. */
export class NoticeTexts {
  private readonly days: Intl.DateTimeFormat;
  private readonly times: Intl.DateTimeFormat;

  constructor(private readonly settings: TextSettings) {
    const { language, timeZone } = settings;
    const { locale } = MESSAGES[language];
    this.days = new Intl.DateTimeFormat(locale, { dateStyle: 'long', timeZone });
    this.times = new Intl.DateTimeFormat(locale, {
      ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
      ...{ timeZone, timeZoneName: 'short' },
    });
  }

  /** For channels that take words alone. */
  textOf(notice: Notice): NoticeText {
    const content = this.contentOf(notice);
    return { subject: content.subject, text: plain.render(asText, content) };
  }

  /** The same content as text and as HTML. */
  mailOf(notice: Notice): NoticeText & { readonly html: string } {
    const content = this.contentOf(notice);
    return {
      subject: content.subject,
      text: plain.render(asText, content),
      html: escaped.render(asHtml, content),
    };
  }

  /** Where the user ends notices; undefined: nowhere. */
  unsubscribeLink({ userId }: Pick<Notice, 'userId'>): string | undefined {
    return this.settings.unsubscribeUrl?.replaceAll('{userId}', () => encodeURIComponent(userId));
  }

  private contentOf(notice: Notice) {
    const { language, pageUrl } = this.settings;
    const messages = MESSAGES[language];
    const { kind, bookId: book, userId, reservationId, details } = notice;
    const { code, copyId: copy, pickupBy } = details;
    const why = messages.refusals[code ?? ''] ?? messages.otherRefusal(code);
    const until = pickupBy === undefined ? undefined : this.timeOf(new Date(pickupBy));
    const fields = { book, copy, until, why };
    const { hello, open, unsubscribe, library, reservation: reservationLabel } = messages;
    return {
      ...{ language, open, unsubscribe, library, reservationLabel, reservationId },
      hello: hello(userId),
      subject: messages[kind].subject(fields),
      sentences: messages[kind].sentences(fields),
      link: pageUrl === undefined ? undefined : `${pageUrl}/books/${encodeURIComponent(book)}`,
      unsubscribeLink: this.unsubscribeLink(notice),
    };
  }

  private timeOf(time: Date): string {
    return `${this.days.format(time)}, ${this.times.format(time)}`;
  }
}

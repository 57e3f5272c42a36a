import { Command, Option } from 'commander';
import { LANGUAGES, type Language } from '../../../consumer/notices/messages';
import { KINDS, type Notice, type NoticeKind } from '../../../consumer/notices/notice';
import { textSettings } from '../../../consumer/notices/settings';
import { NoticeTexts } from '../../../consumer/notices/text';
import type { Terminal } from '../command';

interface Options {
  readonly kind: NoticeKind;
  readonly language?: Language;
  readonly html?: true;
}

/** `library notices`: what readers are sent. */
export function noticesCommand(terminal: Terminal): Command {
  return new Command('notices').description('What readers are sent').addCommand(previewCommand(terminal));
}

function previewCommand({ stdout, config }: Terminal): Command {
  return new Command('preview')
    .description(
      'A notice with invented values, as the settings NOTICE_LANGUAGE, NOTICE_TIME_ZONE, NOTICE_PAGE_URL and ' +
        'NOTICE_UNSUBSCRIBE_URL have it written. Nothing is sent, and no server is needed',
    )
    .addOption(new Option('--kind <kind>', 'of what it informs').choices(KINDS).default('ready'))
    .addOption(new Option('--language <language>', 'instead of NOTICE_LANGUAGE').choices(LANGUAGES))
    .option('--html', 'the HTML of the mail instead of its text')
    .action(({ kind, language, html }: Options) => {
      const settings = textSettings(config());
      const mail = new NoticeTexts({ ...settings, ...(language && { language }) }).mailOf(exampleOf(kind));
      stdout.write(html ? mail.html : `${mail.subject}\n\n${mail.text}`);
    });
}

function exampleOf(kind: NoticeKind): Notice {
  const details: Readonly<Partial<Record<NoticeKind, Notice['details']>>> = {
    ready: { copyId: 'moby-dick-1', pickupBy: '2026-12-01T12:00:00.000Z' },
    rejected: { code: 'already-reserved' },
  };
  return {
    noticeId: '0190b3a4-7c3e-7d2a-9a43-3f6f1f0a9b11',
    reservationId: 'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    ...{ kind, bookId: 'moby-dick', userId: 'ishmael', details: details[kind] ?? {} },
  };
}

import { refusal } from '../../producer/api/refusals';
import { Problem } from '../../infra/http/problem';
import { NOTICE_WEBHOOK } from '../../consumer/notices/channels/webhook-docs';
import { explain, titled } from '../../schemas/refusals';

/** What the OpenAPI document says of the API as a whole. */
export const API_INFO = {
  title: 'Library reservations',
  version: '1.0.0',
  description:
    'Writes are appended to the event stream and answered 202 as soon as they are safely recorded. ' +
    'What they come to is decided in the order of the stream and shows in the views: wait for it with `Prefer: wait=N`, ' +
    'or read with `?after=<position>`.',
  tags: [
    { name: 'Books', description: 'The catalogue, and all that ever happened to a book' },
    { name: 'Copies', description: 'What stands on the shelf, or is set aside or on loan' },
    {
      name: 'Reservations',
      description: 'Made, cancelled, suspended; the queue of a book, the list of a user',
    },
    { name: 'Loans', description: 'Borrowing and returning copies' },
    { name: 'Demand', description: 'What readers want most, and how long they would wait' },
    { name: 'Events', description: 'What reservations come to, as it happens' },
    { name: 'Notices', description: 'What readers are told: the requests of the webhook channel' },
    {
      name: 'Operations',
      description: 'How far the views are and what they set aside; health and figures of this process',
    },
  ],
  webhooks: [NOTICE_WEBHOOK],
  problemExamples: {
    404: Problem.notFound(explain('unknown-book'), titled('unknown-book')).toJSON(),
    409: new Problem(refusal('already-reserved'), explain('already-reserved')).toJSON(),
  },
};

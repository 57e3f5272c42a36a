import type { Messages } from '../en';
import { book } from './book';
import { common } from './common';
import { desk } from './desk';
import { errors } from './errors';
import { events } from './events';
import { how } from './how';
import { me } from './me';
import { search } from './search';
import { stream } from './stream';

/** Every word of the page, by room. In German. */
export const de: Messages = { common, errors, search, book, me, desk, stream, how, events };

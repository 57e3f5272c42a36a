import { book } from './book';
import { common } from './common';
import { desk } from './desk';
import { errors } from './errors';
import { events } from './events';
import { how } from './how';
import { me } from './me';
import { search } from './search';
import { stream } from './stream';

/** Every word of the page, by room. The other languages have the same keys. */
export const en = { common, errors, search, book, me, desk, stream, how, events };

type Same<T> = T extends string ? string : { readonly [K in keyof T]: Same<T[K]> };

/** What a language has to say. */
export type Messages = Same<typeof en>;

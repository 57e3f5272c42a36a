import { addCopy } from './add-copy';
import { borrowCopy } from './borrow-copy';
import { cancelReservation } from './cancel-reservation';
import { catalogueBook } from './catalogue-book';
import type { Command } from './command';
import { reserveBook } from './reserve-book';
import { resumeReservation } from './resume-reservation';
import { returnCopy } from './return-copy';
import { suspendReservation } from './suspend-reservation';
import { withdrawCopy } from './withdraw-copy';

/** All commands, the most frequent first: express tries routes in this order. */
export const COMMANDS: readonly Command[] = [
  reserveBook,
  cancelReservation,
  borrowCopy,
  returnCopy,
  catalogueBook,
  addCopy,
  withdrawCopy,
  suspendReservation,
  resumeReservation,
];

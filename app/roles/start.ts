import { Ending } from './ending';

// Before anything else is loaded, which takes a while: a signal without a listener would kill the process half-way.
const ending = new Ending().listen();

void import('./run.js').then(({ run }) => run(process.argv.slice(2), ending));

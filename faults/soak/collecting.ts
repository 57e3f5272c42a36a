import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** So often, in milliseconds. */
const INTERVAL_MS = 30_000;

// Loaded before a role's program. Node lets garbage lie for hours where there is little of it: what a soak looks at must be what is kept.
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
setInterval(collect, INTERVAL_MS).unref();

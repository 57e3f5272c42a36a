/**
 * How Node runs the roles; `npm start` in package.json says the same. What lives in a role fits into a fraction of this.
 * On a machine with much memory Node would else let garbage grow to several times of it before it looks.
 */
export const NODE_FLAGS = ['--max-old-space-size=256'] as const;

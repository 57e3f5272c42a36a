/**
 * How Node runs the roles; `npm start` in package.json says the same. Most of what a role allocates is dead within
 * milliseconds: with more room for the young, little of it is copied before it is thrown away (about a tenth of the CPU).
 */
export const NODE_FLAGS = ['--max-semi-space-size=32'] as const;

// Part of `make lint`: the descriptions of the API (OpenAPI, printed before) and of the topics (AsyncAPI) are valid, and keep to the usual rules.
import openapi from '@redocly/openapi-core';
import { fileURLToPath } from 'node:url';

const { createConfig, formatProblems, lint } = openapi;

// The licence of the code is no business of those who call it.
const config = await createConfig({ extends: ['recommended'], rules: { 'info-license': 'off' } });

const documents = [
  '../dist/openapi.json',
  '../schemas/asyncapi.yaml',
  '../schemas/generated/asyncapi.json',
].map((file) => fileURLToPath(new URL(file, import.meta.url)));
let isFine = true;
for (const ref of documents) {
  const problems = await lint({ ref, config });
  if (problems.length === 0) continue;
  isFine = false;
  formatProblems(problems, { format: 'stylish', totals: { errors: 0, warnings: 0, ignored: 0 } });
}
if (!isFine) process.exitCode = 1;

import { accepts, acceptsJson } from './accept';

test.each([
  [undefined, true],
  ['', true],
  ['*/*', true],
  ['application/json', true],
  ['application/json; charset=utf-8', true],
  ['APPLICATION/JSON', true],
  ['application/*', true],
  ['text/html, application/json;q=0.1', true],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', true],
  ['application/problem+json', true],
  ['text/html', false],
  ['text/*', false],
  ['application/json;q=0', false],
  ['application/json;q=0.0, text/html', false],
  ['*/*;q=0', false],
  ['application/json;q=0, */*', false],
  ['application/*;q=0, */*', false],
  ['application/xml', false],
  ['nonsense', false],
])('accept: %s accepts JSON: %s', (header, fine) => {
  expect(acceptsJson(header)).toBe(fine);
});

test('the most specific range decides, not the first', () => {
  expect(accepts('*/*, text/event-stream;q=0', 'text/event-stream')).toBe(false);
  expect(accepts('*/*;q=0, text/event-stream', 'text/event-stream')).toBe(true);
});

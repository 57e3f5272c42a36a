import { z } from 'zod';
import { duration, flag, parseEnvironment, port } from './config';

const shape = {
  PAUSE: duration('1.5s'),
  PORT: port(3_000),
  FIXED_PORT: port(3_001, 1),
  LOUD: flag(),
  NAME: z.string().optional(),
};

test('absent and empty variables have their defaults, and others are ignored', () => {
  const settings = { PAUSE: 1_500, PORT: 3_000, FIXED_PORT: 3_001, LOUD: false };
  expect(parseEnvironment(shape, {})).toEqual(settings);
  expect(parseEnvironment(shape, { PAUSE: '', PORT: '', NAME: '', OTHER: 'x' })).toEqual(settings);
});

test('variables are read as what they stand for', () => {
  const env = { PAUSE: '2m', PORT: '0', FIXED_PORT: '1', LOUD: 'true', NAME: 'n' };
  expect(parseEnvironment(shape, env)).toEqual({
    ...{ PAUSE: 120_000, PORT: 0, FIXED_PORT: 1, LOUD: true, NAME: 'n' },
  });
});

test('every variable that is wrong is named at once, with what it should be', () => {
  const env = { PAUSE: 'soon', PORT: '65536', FIXED_PORT: '0', LOUD: 'perhaps' };
  expect(() => parseEnvironment(shape, env)).toThrow(
    /^The environment is not right\. PAUSE: "soon" is not a duration: .*; PORT: .*; FIXED_PORT: .*; LOUD: /,
  );
});

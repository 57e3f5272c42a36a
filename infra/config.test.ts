import { z } from 'zod';
import { duration, flag, parseEnvironment, port } from './config';

const shape = {
  PAUSE: duration('1.5s'),
  PORT: port(3_000),
  FIXED_PORT: port(3_001, 1),
  LOUD: flag(),
  NAME: z.string().optional(),
};

test('absent variables have their defaults, and others are ignored', () => {
  const settings = { PAUSE: 1_500, PORT: 3_000, FIXED_PORT: 3_001, LOUD: false };
  expect(parseEnvironment(shape, {})).toEqual(settings);
  expect(parseEnvironment(shape, { OTHER: '', ANOTHER: 'x' })).toEqual(settings);
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

test.each(['', ' ', '\t'])(
  'a variable that is set to %j is refused, beside others that are wrong',
  (blank) => {
    expect(() => parseEnvironment(shape, { NAME: blank, PORT: blank, PAUSE: 'soon' })).toThrow(
      /PORT: is set but blank: give it a value, or unset it; NAME: is set but blank: .*; PAUSE: "soon" is not/,
    );
  },
);

test.each(['0ms', '0.4ms', '25d', '2147483648ms', `${'9'.repeat(400)}d`])(
  'a timer of %s is refused: it would fire at once',
  (text) => {
    expect(() => parseEnvironment(shape, { PAUSE: text })).toThrow(
      'PAUSE: should be from 1ms to 24d, such as 1.5s',
    );
  },
);

import { createHmac } from 'node:crypto';
import { signatureOf } from './signature';

test("signs as the specification of Standard Webhooks does in its example, so that receivers' libraries agree", () => {
  const signature = signatureOf(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    1_614_265_330,
    '{"test": 2432232314}',
  );
  expect(signature).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('a secret without the prefix is the key as it stands', () => {
  const expected = createHmac('sha256', 'correct horse battery').update('id.1.body').digest('base64');
  expect(signatureOf('correct horse battery', 'id', 1, 'body')).toBe(`v1,${expected}`);
});

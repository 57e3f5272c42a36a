import { PassThrough } from 'node:stream';
import { ignoreClosedPipe } from './print';

describe('a pipe that nobody reads any more', () => {
  const failing = (code: string) => Object.assign(new Error(code), { code });

  test('is no error', () => {
    const [stream, onClosed] = [new PassThrough(), jest.fn()];
    ignoreClosedPipe(stream, onClosed);
    stream.emit('error', failing('EPIPE'));
    expect(onClosed).toHaveBeenCalledTimes(1);
  });

  test('is not mistaken for a full disk', () => {
    const stream = new PassThrough();
    ignoreClosedPipe(stream);
    expect(() => stream.emit('error', failing('ENOSPC'))).toThrow('ENOSPC');
  });
});

import path from 'node:path';
import { controllerPorts, foldersOf, kafkaPorts, readSettings } from './settings';

describe('the settings', () => {
  test('have defaults', () => {
    expect(readSettings({})).toMatchObject({
      KAFKA_PORT: 19_092,
      POSTGRES_PORT: 15_433,
      REGISTRY_PORT: 18_081,
    });
  });

  test('report every invalid variable', () => {
    expect(() => readSettings({ KAFKA_PORT: 'x', NATIVE_BROKERS: '2' })).toThrow(
      /NATIVE_BROKERS: .*KAFKA_PORT: /s,
    );
  });

  test.each([
    ['BACKBONE', 'podman'],
    ['LOCAL_DIR', ' '],
    ['NATIVE_BROKERS', '2'],
    ['KAFKA_PORT', '65530'],
    ['POSTGRES_PORT', '0'],
    ['REGISTRY_PORT', '1.5'],
    ['HTTP_PORT', '0'],
    ['OPS_PORT_BASE', '65535'],
  ])('%s=%s is refused, and so is a blank one', (name, value) => {
    for (const wrong of [value, '', ' ']) expect(() => readSettings({ [name]: wrong })).toThrow(`${name}: `);
  });

  test('assign ports to each broker', () => {
    const settings = readSettings({ KAFKA_PORT: '9000', NATIVE_BROKERS: '3' });
    expect(kafkaPorts(settings)).toEqual([9000, 9001, 9002]);
    expect(controllerPorts(settings)).toEqual([9010, 9011, 9012]);
  });

  test('put all folders below LOCAL_DIR', () => {
    const { data, logs, run } = foldersOf({ LOCAL_DIR: '/var/tmp/other' });
    expect([data, logs, run].map((folder) => path.dirname(folder))).toEqual(Array(3).fill('/var/tmp/other'));
  });
});

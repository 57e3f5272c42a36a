import own from './package.json';
import root from '../package.json';

test('the package has the version of the platform, and the dependencies that it is tested with', () => {
  expect(own.version).toBe(root.version);
  expect(root.devDependencies).toMatchObject(own.dependencies);
});

import { existsSync, mkdirSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { privateFolder, removeFolder } from './private-folder';
import { mayMount, SmallDisk } from './small-disk';

const freeBytes = (folder: string) => statfsSync(folder).bavail * statfsSync(folder).bsize;

test('a small disk holds what was in the folder, is full and empty again, and goes with the folder', async () => {
  // Where it is not permitted there are no such disks, and the faults that need them are left out.
  if (!(await mayMount())) return;
  const parent = await privateFolder();
  const folder = path.join(parent, 'data');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, 'kept'), 'kept');
  try {
    const disk = await SmallDisk.under(folder, 8);
    expect(readFileSync(path.join(folder, 'kept'), 'utf8')).toBe('kept');
    await disk.fill();
    expect(freeBytes(folder)).toBe(0);
    expect(() => writeFileSync(path.join(folder, 'more'), 'more')).toThrow('ENOSPC');
    disk.empty();
    writeFileSync(path.join(folder, 'more'), 'more');
  } finally {
    await removeFolder(parent);
  }
  expect(existsSync(parent)).toBe(false);
  expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(parent);
});

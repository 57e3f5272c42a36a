import { crc32 } from 'node:zlib';

/** General purpose bit 11: names are in UTF-8. */
const UTF8_NAMES = 0x0800;
/** 1 January 1980, the first day that the format knows. */
const DATE = 0x0021;
const VERSION = 20;

/** The files as a ZIP archive, without compression. */
export function zipOf(files: ReadonlyMap<string, string>): Buffer {
  const entries: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of files) {
    const name = Buffer.from(path);
    const data = Buffer.from(text);
    const description = describe(name, data);
    const entry = Buffer.concat([Buffer.from('PK\x03\x04'), description, name, data]);
    // Version made by; then, after the description: comment, disk, attributes, and where the entry is.
    const place = Buffer.alloc(14);
    place.writeUInt32LE(offset, 10);
    directory.push(
      Buffer.concat([Buffer.from('PK\x01\x02'), Buffer.of(VERSION, 0), description, place, name]),
    );
    entries.push(entry);
    offset += entry.length;
  }
  return Buffer.concat([
    ...entries,
    ...directory,
    endOf(files.size, Buffer.concat(directory).length, offset),
  ]);
}

/** What an entry and the directory both say of a file. */
function describe(name: Buffer, data: Buffer): Buffer {
  const bytes = Buffer.alloc(26);
  bytes.writeUInt16LE(VERSION, 0);
  bytes.writeUInt16LE(UTF8_NAMES, 2);
  bytes.writeUInt16LE(DATE, 8);
  bytes.writeUInt32LE(crc32(data), 10);
  bytes.writeUInt32LE(data.length, 14);
  bytes.writeUInt32LE(data.length, 18);
  bytes.writeUInt16LE(name.length, 22);
  return bytes;
}

function endOf(files: number, length: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files, 8);
  end.writeUInt16LE(files, 10);
  end.writeUInt32LE(length, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

// Who listens on TCP ports. It also runs before `npm ci`, and so uses only Node itself and no TypeScript.
// node listeners.mjs PORT… prints JSON: {"3000": "node (process 4711)"}
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The state of a socket that listens, in /proc/net/tcp. */
const LISTENS = '0A';

const attempt = (action, otherwise) => {
  try {
    return action();
  } catch {
    return otherwise;
  }
};

/** The inodes of the listening sockets, with their ports. */
function listeningSockets(ports) {
  const sockets = new Map();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = attempt(() => readFileSync(table, 'utf8').trim().split('\n').slice(1), []);
    for (const line of lines) {
      const [, local, , state, , , , , , inode] = line.trim().split(/\s+/);
      const port = Number.parseInt(local.split(':')[1], 16);
      if (state === LISTENS && ports.includes(port)) sockets.set(`socket:[${inode}]`, port);
    }
  }
  return sockets;
}

function fromProc(ports) {
  const sockets = listeningSockets(ports);
  const holders = new Map();
  for (const pid of sockets.size > 0 ? readdirSync('/proc').filter((name) => /^\d+$/.test(name)) : []) {
    for (const descriptor of attempt(() => readdirSync(`/proc/${pid}/fd`), [])) {
      const port = sockets.get(attempt(() => readlinkSync(`/proc/${pid}/fd/${descriptor}`)));
      if (port === undefined || holders.has(port)) continue;
      holders.set(port, `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (process ${pid})`);
    }
  }
  return holders;
}

function fromLsof(ports) {
  const holders = new Map();
  for (const port of ports) {
    const { stdout } = spawnSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], {
      encoding: 'utf8',
    });
    const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(stdout ?? '') ?? [];
    if (pid) holders.set(port, `${name} (process ${pid})`);
  }
  return holders;
}

/** The programs that listen on these ports, as far as this user may see them. */
export function listenersOf(ports) {
  return process.platform === 'linux' ? fromProc(ports) : fromLsof(ports);
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const holders = listenersOf(process.argv.slice(2).map(Number));
  process.stdout.write(JSON.stringify(Object.fromEntries(holders)));
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../infra/local/ports';
import { httpAnswers, waitUntil } from '../../infra/local/wait';
import type { LoadBalancer } from './reverse-proxy';

/** Asks `/readyz`, and sends a request again only where no connection was made. */
const haproxy = (port: number, [one, other]: readonly number[]) => `
defaults
  mode http
  timeout connect 2s
  timeout client 30s
  timeout server 30s
  timeout check 5s
  retries 3
  option redispatch 1
listen api
  bind 127.0.0.1:${port}
  balance roundrobin
  option httpchk GET /readyz
  default-server check inter 150ms fall 2 rise 1
  server one 127.0.0.1:${one}
  server other 127.0.0.1:${other}
`;

/** Asks nothing: it learns from refused connections alone, and keeps connections open. */
const nginx = (port: number, [one, other]: readonly number[], folder: string) => `
user root;
daemon off;
worker_processes 1;
pid ${folder}/pid;
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  upstream api {
    server 127.0.0.1:${one} max_fails=1 fail_timeout=1s;
    server 127.0.0.1:${other} max_fails=1 fail_timeout=1s;
    keepalive 32;
  }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://api;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
    }
  }
}
`;

const PROGRAMS = {
  haproxy: { configuration: haproxy, args: (file: string) => ['-db', '-f', file] },
  nginx: { configuration: nginx, args: (file: string) => ['-c', file] },
};

export type ProxyName = keyof typeof PROGRAMS;

/** Starts a load balancer that is installed on this machine. */
export async function startProxy(name: ProxyName, instances: readonly number[]): Promise<LoadBalancer> {
  const { configuration, args } = PROGRAMS[name];
  const folder = mkdtempSync(path.join(tmpdir(), `${name}-`));
  const [port] = (await freePorts(1)) as [number];
  const file = path.join(folder, 'configuration');
  writeFileSync(file, configuration(port, instances, folder));
  const child = spawn(name, args(file), { stdio: ['ignore', 'ignore', 'inherit'] });
  const exit = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  await waitUntil(() => httpAnswers(`${url}/livez`), { what: `${name} does not answer`, timeout: 20_000 });
  return {
    url,
    failures: [],
    async close() {
      child.kill('SIGTERM');
      await exit;
      rmSync(folder, { recursive: true });
    },
  };
}

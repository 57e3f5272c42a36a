import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../infra/local/run';

/** A step of a page: a change to files, or a command with its expected output. */
export type Step =
  | { readonly kind: 'change'; readonly diff: string }
  | { readonly kind: 'command'; readonly command: string; readonly prints: string };

/** The steps of a Markdown page, in order: its `diff` blocks, and the commands of its `console` blocks. */
export function stepsOf(markdown: string): Step[] {
  const blocks = [...markdown.matchAll(/^```(diff|console)\n(.*?)^```$/gms)];
  return blocks.flatMap(([, kind = '', text = '']): Step[] => {
    if (kind === 'diff') return [{ kind: 'change', diff: text }];
    const commands = text.split(/^\$ /m).slice(1);
    return commands.map((lines) => {
      const [command = '', ...prints] = lines.trimEnd().split('\n');
      return { kind: 'command', command, prints: prints.join('\n') };
    });
  });
}

/** A temporary project with the schemas of a release and the tools of this build. */
export class ProjectCopy {
  readonly root = mkdtempSync(path.join(tmpdir(), 'evolution-'));

  constructor(release: string) {
    const from = projectRoot();
    const released = path.join('schemas/released', release);
    cpSync(path.join(from, released), this.at(released), { recursive: true });
    cpSync(path.join(from, released), this.at('schemas/avsc'), { recursive: true });
    cpSync(path.join(from, 'dist/schemas'), this.at('dist/schemas'), { recursive: true });
    mkdirSync(this.at('schemas/generated'));
    symlinkSync(path.join(from, 'node_modules'), this.at('node_modules'));
    this.keepManifestOf(release);
    this.run('node dist/schemas/generate.js');
    this.run('git init --quiet && git add schemas');
    this.run(`git -c user.name=test -c user.email=test@localhost commit --quiet -m "${release}"`);
  }

  at(file: string): string {
    return path.join(this.root, file);
  }

  /** Applies a diff. @throws {Error} when it does not fit the files */
  change(diff: string): void {
    execFileSync('git', ['apply', '-'], { cwd: this.root, input: diff, stdio: ['pipe', 'ignore', 'pipe'] });
  }

  /** Runs a command line in the project. @returns its output on stdout and stderr */
  run(command: string): string {
    const { stdout } = spawnSync('sh', ['-c', `exec 2>&1; ${command}`], { cwd: this.root, encoding: 'utf8' });
    return stdout.trimEnd();
  }

  remove(): void {
    rmSync(this.root, { recursive: true });
  }

  /** Writes the manifest without later releases. */
  private keepManifestOf(release: string): void {
    const manifest = 'schemas/released/manifest.json';
    const all = JSON.parse(readFileSync(path.join(projectRoot(), manifest), 'utf8')) as Record<
      string,
      string
    >;
    const kept = Object.entries(all).filter(([file]) => file.startsWith(`${release}/`));
    writeFileSync(this.at(manifest), `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
  }
}

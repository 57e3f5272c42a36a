import { formatPosition, type Position } from '../../../../infra/event-log/log';

const MAX_SHOWN = 10;

/** Reports records that an export left out because they could not be decoded: the first ones one by one, then their number. */
export class SkippedRecords {
  count = 0;

  constructor(private readonly stderr: NodeJS.WritableStream) {}

  report(position: Position, { message }: Error): void {
    this.count += 1;
    if (this.count <= MAX_SHOWN) this.stderr.write(`Left out ${formatPosition(position)}: ${message}\n`);
    if (this.count === MAX_SHOWN + 1) this.stderr.write('More such records are only counted.\n');
  }

  summarise(): void {
    if (this.count === 0) return;
    const records = this.count === 1 ? '1 record' : `${this.count} records`;
    this.stderr.write(
      `${records} could not be understood and ${this.count === 1 ? 'was' : 'were'} left out.\n`,
    );
  }
}

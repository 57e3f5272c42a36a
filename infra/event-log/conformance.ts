/// <reference types="jest" />
import { appending } from './conformance/appending';
import { reading } from './conformance/reading';
import { sharing } from './conformance/sharing';
import type { LogHarness } from './conformance/harness';
import { subscribing } from './conformance/subscribing';

export type { LogHarness } from './conformance/harness';

/** The conformance suite of the log's adapters. Each adapter has a test that runs it. */
export function describeLog(name: string, createStage: () => Promise<LogHarness>): void {
  describe(name, () => {
    let harness: LogHarness;
    beforeAll(async () => {
      harness = await createStage();
    });
    afterAll(() => harness.close());
    describe('appending', () => appending(() => harness));
    describe('reading', () => reading(() => harness));
    describe('subscribing', () => subscribing(() => harness));
    describe('sharing', () => sharing(() => harness));
  });
}

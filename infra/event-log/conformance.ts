/// <reference types="jest" />
import { appending } from './conformance/appending';
import { reading } from './conformance/reading';
import { sharing } from './conformance/sharing';
import type { LogStage } from './conformance/stage';
import { subscribing } from './conformance/subscribing';

export type { LogStage } from './conformance/stage';

/** What every adapter of the log must do. Each is held to it by a test of its own that calls this. */
export function describeLog(name: string, createStage: () => Promise<LogStage>): void {
  describe(name, () => {
    let stage: LogStage;
    beforeAll(async () => {
      stage = await createStage();
    });
    afterAll(() => stage.close());
    describe('appending', () => appending(() => stage));
    describe('reading', () => reading(() => stage));
    describe('subscribing', () => subscribing(() => stage));
    describe('sharing', () => sharing(() => stage));
  });
}

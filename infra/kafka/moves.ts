import { setTimeout as delay } from 'node:timers/promises';
import ConsumerGroup from 'kafkajs/src/consumer/consumerGroup';
import OffsetManager from 'kafkajs/src/consumer/offsetManager';
import { createErrorFromCode } from 'kafkajs/src/protocol/error';
import { once } from './once';
import { NOT_COORDINATOR } from './protocol/errors';

/** The broker is gone or silent: what was asked of it has to be asked of another. */
const OF_LOST_BROKERS: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
]);
/** Another broker leads the partition by now, or will soon. */
const OF_MOVED_LEADERS: ReadonlySet<string> = new Set([
  'LEADER_NOT_AVAILABLE',
  'NOT_LEADER_FOR_PARTITION',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

/** The group's next coordinator is not known yet, or has not read up on the group. */
const OF_MOVED_COORDINATORS: ReadonlySet<string> = new Set([
  'GROUP_LOAD_IN_PROGRESS',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
]);

/** How often a group is joined that is on its way to another coordinator, before the consumer starts anew. */
const JOINS = 20;
/** Between two fetches from a broker that is gone, or that leads nothing any more as far as it knows, and between two joins; milliseconds. */
const PAUSE_MS = 200;

/**
 * Teaches kafkajs' consumers to go where a group's coordinator or a partition's leader has gone to.
 *
 * By itself a consumer insists on a coordinator that was killed, until it has failed so often (12 s) that it starts anew; all
 * its partitions wait, those of healthy brokers too. A silent one it believes for half a minute. It starts anew as well when the next
 * one is still reading what it must know; and where that one takes it for a member as before, it goes on to ask the dead one where to
 * begin, for ever and without a word. After each move of a leader it joins its group again, so that all members stop for a moment.
 * Now it asks for the coordinator as soon as that does not answer, and reads on from the new leaders without a word to its group.
 */
export const followMoves = once(() => {
  const { heartbeat, joinAndSync, recoverFromFetch } = ConsumerGroup.prototype;

  ConsumerGroup.prototype.heartbeat = async function (this: ConsumerGroup, options) {
    try {
      await heartbeat.call(this, options);
    } catch (error) {
      // That is what makes kafkajs look for the coordinator and join again.
      throw OF_LOST_BROKERS.has(nameOf(error)) ? createErrorFromCode(NOT_COORDINATOR) : error;
    }
  };

  ConsumerGroup.prototype.joinAndSync = async function (this: ConsumerGroup) {
    for (let join = 1; ; join += 1) {
      try {
        return await joinAndSync.call(this);
      } catch (error) {
        if (join === JOINS || !OF_MOVED_COORDINATORS.has(typeOf(error))) throw error;
        await delay(PAUSE_MS);
      }
    }
  };

  OffsetManager.prototype.getCoordinator = async function (this: OffsetManager) {
    const { cluster, groupId } = this;
    if (!this.coordinator.isConnected()) this.coordinator = await cluster.findGroupCoordinator({ groupId });
    return this.coordinator;
  };

  ConsumerGroup.prototype.recoverFromFetch = async function (this: ConsumerGroup, error) {
    if (!OF_LOST_BROKERS.has(nameOf(error)) && !OF_MOVED_LEADERS.has(typeOf(error)))
      return recoverFromFetch.call(this, error);
    await this.cluster.refreshMetadata();
    await delay(PAUSE_MS);
  };
});

const nameOf = (error: unknown) => (error instanceof Error ? error.name : '');
const typeOf = (error: unknown) => (error instanceof Error && 'type' in error ? String(error.type) : '');

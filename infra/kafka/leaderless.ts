import metadataV5 from 'kafkajs/src/protocol/requests/metadata/v5/response';
import metadataV6 from 'kafkajs/src/protocol/requests/metadata/v6/response';
import { once } from './once';
import { LEADER_NOT_AVAILABLE } from './protocol/errors';

/**
 * Teaches kafkajs to live with partitions without a leader. By itself it takes one of them for an error of its topic: nothing of
 * the topic could be read, nor could a role be started. Now such a partition is fetched from nobody (its leader is -1), until
 * the metadata that are asked for every few seconds name its leader.
 */
export const tolerateLeaderless = once(() => {
  for (const response of [metadataV5, metadataV6]) {
    const { parse } = response;
    response.parse = (data) =>
      parse({
        ...data,
        topicMetadata: data.topicMetadata.map((topic) => ({
          ...topic,
          partitionMetadata: topic.partitionMetadata.map((partition) =>
            partition.partitionErrorCode === LEADER_NOT_AVAILABLE
              ? { ...partition, partitionErrorCode: 0 }
              : partition,
          ),
        })),
      });
  }
});

import type { ByteReader } from './byte-reader';
import { requestOf, type Request } from './request';

/** Brokers take it from Kafka 2.8 on; some of Kafka's relatives never do. */
export const TOPIC_ID_REQUEST = { apiKey: 3, apiVersion: 10 };

export interface TopicIdAnswer {
  readonly errorCode: number;
  /** In hexadecimal digits; undefined where the topic has none. */
  readonly topicId: string | undefined;
}

const NO_TAGS = 0;
const ID_BYTES = 16;
const NO_ID = '0'.repeat(2 * ID_BYTES);

/** A Metadata request (version 10) for one topic, which is not created by it: only by its ID a topic is known again. */
export function topicIdRequest(topic: string): Request<TopicIdAnswer> {
  const name = Buffer.from(topic);
  const body = Buffer.concat([
    // The head of requests in this format ends with tags, which kafkajs does not write.
    Buffer.from([NO_TAGS]),
    // One more than there are, as in all lengths of this format.
    Buffer.from([1 + 1]),
    Buffer.alloc(ID_BYTES),
    lengthOf(name),
    name,
    Buffer.from([NO_TAGS]),
    // Not to be created; what one may do with cluster and topic is not asked for.
    Buffer.from([0, 0, 0, NO_TAGS]),
  ]);
  return requestOf({ ...TOPIC_ID_REQUEST, apiName: 'Metadata', body, read: topicIdIn });
}

function lengthOf({ length }: Buffer): Buffer {
  const more = length + 1;
  return more < 0x80 ? Buffer.from([more]) : Buffer.from([(more & 0x7f) | 0x80, more >>> 7]);
}

/** What comes behind the ID is not read. */
function topicIdIn(response: ByteReader): TopicIdAnswer {
  response.tags();
  response.int32(); // throttle time
  response.compactArray(() => {
    response.int32(); // node
    response.compactString();
    response.int32(); // port
    response.compactString(); // rack
    response.tags();
  });
  response.compactString(); // cluster
  response.int32(); // controller
  response.compactLength(); // topics: the one
  const errorCode = response.int16();
  response.compactString(); // name
  const topicId = response.hex(ID_BYTES);
  return { errorCode, topicId: topicId === NO_ID ? undefined : topicId };
}

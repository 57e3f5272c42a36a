import type { BrokerAddress } from './metadata';
import { partitionsIn, requestOf, sizeOfString, writeString, type Request } from './request';

/** Who writes in a transaction. */
export interface TransactionalProducer {
  readonly transactionalId: string;
  readonly producerId: bigint;
  readonly epoch: number;
}

const OF_TRANSACTIONS = 1;
const GIVEN_UP = 0;

/** A FindCoordinator request (version 1): which broker knows of the transactions under the ID. */
export function coordinatorRequest(
  transactionalId: string,
): Request<{ readonly errorCode: number; readonly broker: BrokerAddress }> {
  const body = Buffer.alloc(sizeOfString(transactionalId) + 1);
  body.writeInt8(OF_TRANSACTIONS, writeString(body, 0, transactionalId));
  return requestOf({
    ...{ apiKey: 10, apiVersion: 1, apiName: 'FindCoordinator', body },
    read: (response) => {
      response.int32(); // throttle time
      const errorCode = response.int16();
      response.string(); // the error in words
      return {
        errorCode,
        broker: { nodeId: response.int32(), host: response.string(), port: response.int32() },
      };
    },
  });
}

/** An InitProducerId request (version 0). @param timeout how long a transaction may last, in milliseconds */
export function producerIdRequest(
  transactionalId: string,
  timeout: number,
): Request<{ readonly errorCode: number } & Omit<TransactionalProducer, 'transactionalId'>> {
  const body = Buffer.alloc(sizeOfString(transactionalId) + 4);
  body.writeInt32BE(timeout, writeString(body, 0, transactionalId));
  return requestOf({
    ...{ apiKey: 22, apiVersion: 0, apiName: 'InitProducerId', body },
    read: (response) => {
      response.int32(); // throttle time
      return { errorCode: response.int16(), producerId: response.bigint64(), epoch: response.int16() };
    },
  });
}

/** An AddPartitionsToTxn request (version 0): a transaction begins that concerns one partition. Resolves with the error code. */
export function joinRequest(
  producer: TransactionalProducer,
  topic: string,
  partition: number,
): Request<number> {
  const body = Buffer.alloc(headSize(producer) + 4 + sizeOfString(topic) + 4 + 4);
  let at = writeHead(body, producer);
  at = body.writeInt32BE(1, at);
  at = writeString(body, at, topic);
  at = body.writeInt32BE(1, at);
  body.writeInt32BE(partition, at);
  return requestOf({
    ...{ apiKey: 24, apiVersion: 0, apiName: 'AddPartitionsToTxn', body },
    read: (response) => {
      response.int32(); // throttle time
      const [errorCode] = partitionsIn(response, (each) => {
        each.int32(); // partition
        return each.int16();
      });
      return errorCode!;
    },
  });
}

/** An EndTxn request (version 0) that gives the transaction up. Resolves with the error code. */
export function giveUpRequest(producer: TransactionalProducer): Request<number> {
  const body = Buffer.alloc(headSize(producer) + 1);
  body.writeInt8(GIVEN_UP, writeHead(body, producer));
  return requestOf({
    ...{ apiKey: 26, apiVersion: 0, apiName: 'EndTxn', body },
    read: (response) => {
      response.int32(); // throttle time
      return response.int16();
    },
  });
}

function headSize({ transactionalId }: TransactionalProducer): number {
  return sizeOfString(transactionalId) + 8 + 2;
}

/** @returns where the next byte goes */
function writeHead(body: Buffer, { transactionalId, producerId, epoch }: TransactionalProducer): number {
  const at = body.writeBigInt64BE(producerId, writeString(body, 0, transactionalId));
  return body.writeInt16BE(epoch, at);
}

/** Events to bytes and back: what producers and consumers need of this folder. */
export { createDecoder, UndecodableError, type Decoder } from './decoder';
export { createEncoder, encoderWith, InvalidEventError, type Encoder } from './encoder';

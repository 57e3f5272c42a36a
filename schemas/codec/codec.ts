/** Events to bytes and back: the part of this folder that producers and consumers use. */
export { createDecoder, UndecodableError, type Decoder } from './decoder';
export { createEncoder, encoderWith, InvalidEventError, type Encoder } from './encoder';
